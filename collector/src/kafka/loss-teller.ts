/**
 * Says where records of a spool are missing, so that no tick vouches for what they held: a
 * `records.lost` for each partition and generation that wrote to the spool.
 *
 * Which those are is known from the ticks on the way, one in each partition every second, and from
 * what this process holds. Right after a start neither may be known: then it is said before the first
 * tick that comes, and before the first line of its partition in the name of nobody, so that no line
 * proves what is missing.
 */
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { parseJson } from '@crest/shared/records/record';
import { recordsLost } from '@crest/shared/records/records-lost';
import { tick, type Tick } from '@crest/shared/records/tick';

type Writer = Pick<Tick, 'partition' | 'readerSet' | 'generation'>;

export interface LossTellerOptions {
  /** `channel.events`. */
  readonly topic: string;
  readonly readerSet: string;
  /** Partitions that this process answers for, with their generations. */
  readonly held: () => readonly Writer[];
  /** Event time at a wall time. */
  readonly eventAtMs: (wallMs: number) => number;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
}

/** A generation that no holder has. */
const NOBODYS = 0;
const TICK_BEGINS = Buffer.from('{"type":"tick"');

export class LossTeller {
  readonly #options: LossTellerOptions;
  /** Who ticked last in each partition, among the records that were sent. */
  readonly #writers = new Map<number, Writer>();
  /** Who was told of the last loss. */
  readonly #told = new Set<string>();
  /** Event time behind the last loss; null while nothing is missing. */
  #lostMs: number | null = null;

  constructor(options: LossTellerOptions) {
    this.#options = options;
  }

  /** The records to send for those of a batch. `isAfterLoss`: some are missing before the first. */
  tell(records: readonly OutgoingRecord[], isAfterLoss: boolean): readonly OutgoingRecord[] {
    const told: OutgoingRecord[] = [];
    if (isAfterLoss) told.push(...this.#loss(records[0]?.timestampMs ?? this.#options.nowMs()));
    for (const record of records) {
      const writer = this.#writerOf(record);
      if (writer !== null) told.push(...this.#toldTo(writer, record.timestampMs));
      else if (this.#isUnknown(record)) told.push(...this.#toldToNobody(record));
      told.push(record);
    }
    return told;
  }

  /** Nothing that is sent from now on is in doubt. */
  forget(): void {
    this.#lostMs = null;
    this.#told.clear();
  }

  #loss(wallMs: number): OutgoingRecord[] {
    const { held, eventAtMs } = this.#options;
    // A line may be stamped in the millisecond in which it was written.
    this.#lostMs = eventAtMs(wallMs + 1);
    this.#told.clear();
    return [...this.#writers.values(), ...held()].flatMap((writer) => this.#toldTo(writer, wallMs));
  }

  #toldTo(writer: Writer, wallMs: number): OutgoingRecord[] {
    const { partition, readerSet, generation } = writer;
    if (generation !== NOBODYS) this.#writers.set(partition, writer);
    const name = `${partition}/${readerSet}/${generation}`;
    if (this.#lostMs === null || this.#told.has(name)) return [];
    this.#told.add(name);
    const said = { partition, readerSet, generation, atMs: this.#lostMs };
    const value = recordsLost.encode({ type: 'records.lost', version: 1, ...said });
    const { topic } = this.#options;
    return [{ topic, partition, key: null, value, timestampMs: wallMs }];
  }

  #isUnknown({ topic, partition }: OutgoingRecord): boolean {
    return topic === this.#options.topic && !this.#writers.has(partition);
  }

  #toldToNobody({ partition, timestampMs }: OutgoingRecord): OutgoingRecord[] {
    const { readerSet } = this.#options;
    return this.#toldTo({ partition, readerSet, generation: NOBODYS }, timestampMs);
  }

  #writerOf({ topic, key, value }: OutgoingRecord): Writer | null {
    if (key !== null || topic !== this.#options.topic || value === null) return null;
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value);
    if (bytes.compare(TICK_BEGINS, 0, TICK_BEGINS.length, 0, TICK_BEGINS.length) !== 0) return null;
    const json = parseJson(bytes);
    const read = json.ok ? tick.decode(json.value) : json;
    if (!read.ok) return null;
    const { partition, readerSet, generation } = read.value;
    return { partition, readerSet, generation };
  }
}
