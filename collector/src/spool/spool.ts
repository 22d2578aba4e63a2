/**
 * Records on the disk, in order, until Kafka has them: segments that are appended to, fsynced before
 * anything counts as acknowledged, and removed once they are drained.
 *
 * The order of effects, which is what a crash cannot break:
 * - append: the segment and its name durable, then acknowledged;
 * - drained: Kafka's acknowledgement, then the position written and fsynced, then the segment removed.
 *   What comes of a crash in between is sent again: readers drop repeats by id.
 * - a segment that failed, or that an earlier process wrote, is never appended to: a position can
 *   then not point behind bytes that were lost and written anew.
 * What is lost is counted: damaged records (`onCorrupt`), records older than `ageMaxMs` (`onDropped`).
 * A tail that a crash tore, of records that nobody was promised, is cut at the start (`onTorn`).
 *
 * At `bytesMax`, as on a full or failing disk, an append is refused and changes nothing.
 */
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { LedgerFile } from './ledger-file.ts';
import { readSpan, type SpanRead } from './read-span.ts';
import { recoverSegments, type Segment } from './recover-segments.ts';
import type { SpoolFile, SpoolFiles } from './spool-files.ts';
import { isBehind, segmentName, type SpoolPosition } from './spool-ledger.ts';
import { encodeRecords } from './spool-record.ts';

export interface SpoolSettings {
  /** All segments together, drained or not, until they are removed. */
  readonly bytesMax: number;
  /** A segment that is so long is followed by a new one. */
  readonly segmentBytes: number;
  /** Records older than this are neither kept nor sent, milliseconds of wall time. */
  readonly ageMaxMs: number;
}

export const DROP_REASONS = ['expired'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface SpoolListener {
  onAppended(records: number, fsyncSeconds: number): void;
  onDrained(records: number): void;
  /** Records that were acknowledged and will not be sent. */
  onDropped(records: number, reason: DropReason): void;
  /** Records that were there and cannot be read. */
  onCorrupt(records: number): void;
  /** A tail of so many bytes was cut at the start. */
  onTorn(bytes: number): void;
  /** The disk refused something that will be tried again and that costs no record. */
  onTrouble(error: unknown): void;
}

export interface SpoolOptions {
  readonly files: SpoolFiles;
  readonly settings: SpoolSettings;
  readonly listener: SpoolListener;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
}

export type AppendOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'full' }
  | { readonly ok: false; readonly reason: 'failed'; readonly error: unknown };

export interface SpoolBatch {
  readonly records: readonly OutgoingRecord[];
  /** Records are missing before the first of them: damaged, or too old. */
  readonly isAfterLoss: boolean;
  /** How many drops of segments `isAfterLoss` speaks of, since the start. */
  readonly drops: number;
  /** Behind the last of them. */
  readonly end: SpoolPosition;
}

/** Segments are removed as wholes: one spans so little time that few records go early, for age. */
const SEGMENT_SPAN_MS = 10 * 60_000;

/**
 * What cannot be read is read again, then in pieces of a disk's block, then passed over block by
 * block: half a minute for the first, so that a disk that comes back costs nothing.
 */
const BLOCK_BYTES = 4096;
const WHOLE_READS_MAX = 10;
const BLOCK_READS_MAX = 20;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #ledger: LedgerFile;
  /** Oldest first; what is behind the position is here, and at most one segment before it. */
  readonly #segments: Segment[] = [];
  /** The last segment and its file, while it may be appended to. */
  #active: { readonly segment: Segment; readonly file: SpoolFile } | undefined;
  /** Files that hold nothing to be sent and could not be removed yet, with their bytes. */
  readonly #doomed = new Map<string, number>();
  #position: SpoolPosition;
  #lastNumber: number;
  #oldestMs: number | null = null;
  /** Reads at the position that failed, one after the other. */
  #readFailures = 0;
  /** How often a segment was dropped, and how many of those a batch told that was acknowledged. */
  #drops = 0;
  #toldDrops = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: SpoolOptions, ledger: LedgerFile, position: SpoolPosition) {
    this.#options = options;
    this.#ledger = ledger;
    this.#position = position;
    this.#lastNumber = position.segment;
  }

  /** Finds what earlier processes left and cuts a torn tail. @throws the disk's error. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const ledger = new LedgerFile(options.files);
    const found = await recoverSegments(options, ledger);
    const spool = new Spool(options, ledger, found.position);
    spool.#segments.push(...found.segments);
    spool.#lastNumber = found.lastNumber;
    for (const { name, bytes } of found.drained) spool.#doomed.set(name, bytes);
    await spool.#exclusively(async () => {
      await spool.#expire();
      await spool.#removeDrained();
    });
    // Those that wrote what is gone do not speak any more: nobody vouches for it.
    if (spool.#segments.length === 0) spool.#toldDrops = spool.#drops;
    return spool;
  }

  /** Kafka has acknowledged everything that was appended, or that what was dropped is missing. */
  get isEmpty(): boolean {
    return this.#segments.length === 0 && !this.#isAfterDrop;
  }

  /** Segments were dropped, and no batch behind them was acknowledged yet. */
  get #isAfterDrop(): boolean {
    return this.#drops > this.#toldDrops;
  }

  /** Bytes on the disk. */
  get bytes(): number {
    const doomed = [...this.#doomed.values()];
    return [...this.#segments.map(({ bytes }) => bytes), ...doomed].reduce((a, b) => a + b, 0);
  }

  /** Wall time of the oldest record that is not drained, about; null when empty. */
  get oldestMs(): number | null {
    return this.#oldestMs ?? this.#segments[0]?.firstMs ?? null;
  }

  /** Resolves when the records are durable, or with the reason why they are not taken. */
  append(records: readonly OutgoingRecord[]): Promise<AppendOutcome> {
    return this.#exclusively(() => this.#append(records));
  }

  /**
   * The next records in order, not yet drained; null when there are none; without any where all of
   * them were dropped, which is to be told. Asking again before
   * `acknowledge` gives the same. Where the disk cannot be read, it rejects a few times and then
   * passes over what is unreadable, which counts as damaged. @throws the disk's error.
   */
  next(recordsMax: number): Promise<SpoolBatch | null> {
    return this.#exclusively(() => this.#next(recordsMax));
  }

  /** Kafka has a batch and all before it. Never rejects: what fails is told and repeats records. */
  acknowledge({ records, drops, end }: SpoolBatch): Promise<void> {
    return this.#exclusively(async () => {
      this.#options.listener.onDrained(records.length);
      // What grew too old while it was on its way is for the next one to tell.
      this.#toldDrops = Math.max(this.#toldDrops, drops);
      if (!isBehind(this.#position, end)) return;
      this.#position = end;
      this.#oldestMs = records.at(-1)?.timestampMs ?? this.#oldestMs;
      await this.#removeDrained();
    });
  }

  /** Closes the files; what is on the disk stays for the next process. */
  close(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#seal();
      await this.#trying(() => this.#ledger.sync());
      await this.#trying(() => this.#ledger.close());
    });
  }

  /** One operation at a time: what is measured before an effect holds when it happens. */
  #exclusively<T>(operation: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(operation);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #append(records: readonly OutgoingRecord[]): Promise<AppendOutcome> {
    const { settings } = this.#options;
    await this.#expire();
    if (this.#isActiveDone()) await this.#seal();
    const bytes = encodeRecords(records, this.#active?.segment.records ?? 0);
    if (this.bytes + bytes.length > settings.bytesMax) return { ok: false, reason: 'full' };
    try {
      this.#active ??= await this.#roll();
      await this.#write(this.#active, bytes, records);
      return { ok: true };
    } catch (error) {
      await this.#abandon();
      return { ok: false, reason: 'failed', error };
    }
  }

  async #write(
    { segment, file }: { segment: Segment; file: SpoolFile },
    bytes: Buffer,
    records: readonly OutgoingRecord[],
  ): Promise<void> {
    await file.write(bytes, segment.bytes);
    const startedMs = performance.now();
    await file.sync();
    segment.bytes += bytes.length;
    segment.records += records.length;
    segment.firstMs ??= records[0]?.timestampMs ?? null;
    if (this.#segments.at(-1) !== segment) this.#segments.push(segment);
    this.#options.listener.onAppended(records.length, (performance.now() - startedMs) / 1000);
  }

  #isActiveDone(): boolean {
    const { settings, nowMs } = this.#options;
    if (this.#active === undefined) return false;
    const { bytes, firstMs } = this.#active.segment;
    return bytes >= settings.segmentBytes || (firstMs ?? Infinity) < nowMs() - SEGMENT_SPAN_MS;
  }

  /** A new segment, with a durable name. */
  async #roll(): Promise<{ segment: Segment; file: SpoolFile }> {
    const { files } = this.#options;
    this.#lastNumber += 1;
    const segment: Segment = { number: this.#lastNumber, bytes: 0, records: 0, firstMs: null };
    const name = segmentName(segment.number);
    const file = await files.open(name, 'new');
    try {
      await files.syncDirectory();
      return { segment, file };
    } catch (error) {
      this.#doomed.set(name, 0);
      await this.#trying(() => file.close());
      throw error;
    }
  }

  /** The active segment takes no more; all that was acknowledged in it is durable. */
  async #seal(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    if (active !== undefined) await this.#trying(() => active.file.close());
  }

  /** After a failure: what lies behind the last good record of the active segment is void. */
  async #abandon(): Promise<void> {
    const active = this.#active;
    if (active === undefined) return this.#removeDoomed();
    const { number, bytes } = active.segment;
    if (bytes > 0) await this.#trying(() => active.file.truncate(bytes));
    await this.#seal();
    if (bytes === 0) {
      this.#doomed.set(segmentName(number), 0);
      await this.#removeDoomed();
    }
  }

  async #next(recordsMax: number): Promise<SpoolBatch | null> {
    await this.#expire();
    const { listener, nowMs, settings } = this.#options;
    for (const segment of this.#segments) {
      const from = this.#startIn(segment);
      if (from.offset >= segment.bytes) continue;
      const read = await this.#readOn(segment, from, recordsMax);
      if (read.corrupt > 0) listener.onCorrupt(read.corrupt);
      const oldestMs = nowMs() - settings.ageMaxMs;
      const records = read.records.filter(({ timestampMs }) => timestampMs >= oldestMs);
      const expired = read.records.length - records.length;
      if (expired > 0) listener.onDropped(expired, 'expired');
      const isAfterLoss = this.#isAfterDrop || read.corrupt > 0 || expired > 0;
      return { records, isAfterLoss, drops: this.#drops, end: read.end };
    }
    // All of it was too old: that is told before anything else is sent.
    if (!this.#isAfterDrop) return null;
    return { records: [], isAfterLoss: true, drops: this.#drops, end: this.#position };
  }

  async #readOn(segment: Segment, from: SpoolPosition, recordsMax: number): Promise<SpanRead> {
    const { files, listener } = this.#options;
    const windowBytes = this.#readFailures < WHOLE_READS_MAX ? undefined : BLOCK_BYTES;
    try {
      const read = await readSpan(files, { segment, from, recordsMax, windowBytes });
      this.#readFailures = 0;
      return read;
    } catch (error) {
      this.#readFailures += 1;
      if (this.#readFailures < BLOCK_READS_MAX) throw error;
      listener.onTrouble(error);
      this.#readFailures = WHOLE_READS_MAX;
      const offset = Math.min(segment.bytes, from.offset + BLOCK_BYTES);
      // Behind it the index of the next record tells how many are missing; at the end nothing does.
      const corrupt = offset === segment.bytes ? Math.max(1, segment.records - from.index) : 0;
      return { records: [], corrupt, end: { ...from, offset } };
    }
  }

  #startIn({ number }: Segment): SpoolPosition {
    const isIn = this.#position.segment === number;
    return isIn ? this.#position : { segment: number, offset: 0, index: 0 };
  }

  /** Keeps the position and removes the segments before it, in that order. */
  async #removeDrained(): Promise<void> {
    const drained = this.#segments.filter(
      ({ number, bytes }) => number < this.#position.segment || this.#isDrainedTo(number, bytes),
    );
    const isKept = await this.#trying(async () => {
      if (this.#position.segment > 0) await this.#ledger.write(this.#position);
      if (drained.length > 0 || this.#doomed.size > 0) await this.#ledger.sync();
    });
    for (const { number, bytes } of drained) {
      if (this.#active?.segment.number === number) await this.#seal();
      this.#segments.shift();
      this.#doomed.set(segmentName(number), bytes);
    }
    if (this.#segments.length === 0 || drained.length > 0) this.#oldestMs = null;
    if (isKept) await this.#removeDoomed();
  }

  #isDrainedTo(number: number, bytes: number): boolean {
    return number === this.#position.segment && bytes <= this.#position.offset;
  }

  async #removeDoomed(): Promise<void> {
    const { files } = this.#options;
    for (const name of this.#doomed.keys()) {
      await this.#trying(async () => {
        await files.remove(name);
        this.#doomed.delete(name);
      });
    }
  }

  /** Drops whole segments whose first record is too old to be kept. */
  async #expire(): Promise<void> {
    const { nowMs, settings } = this.#options;
    const oldestMs = nowMs() - settings.ageMaxMs;
    const isExpired = ({ firstMs }: Segment): boolean => firstMs !== null && firstMs < oldestMs;
    let head = this.#segments[0];
    if (head === undefined || !isExpired(head)) return;
    while (head !== undefined && isExpired(head)) {
      await this.#drop(head);
      head = this.#segments[0];
    }
  }

  async #drop(segment: Segment): Promise<void> {
    const { listener } = this.#options;
    if (this.#active?.segment === segment) await this.#seal();
    this.#drops += 1;
    for (let from = this.#startIn(segment); from.offset < segment.bytes;) {
      const read = await this.#readToDrop(segment, from);
      if (read.records.length > 0) listener.onDropped(read.records.length, 'expired');
      if (read.corrupt > 0) listener.onCorrupt(read.corrupt);
      from = read.end;
    }
    this.#position = { segment: segment.number, offset: segment.bytes, index: segment.records };
    await this.#removeDrained();
  }

  async #readToDrop(segment: Segment, from: SpoolPosition): Promise<SpanRead> {
    try {
      return await readSpan(this.#options.files, { segment, from, recordsMax: Infinity });
    } catch (error) {
      this.#options.listener.onTrouble(error);
      const end = { ...from, offset: segment.bytes };
      return { records: [], corrupt: Math.max(1, segment.records - from.index), end };
    }
  }

  /** Whether it worked; what did not is told. */
  async #trying(effect: () => Promise<unknown>): Promise<boolean> {
    try {
      await effect();
      return true;
    } catch (error) {
      this.#options.listener.onTrouble(error);
      return false;
    }
  }
}
