/**
 * One partition that this process holds: state, offsets, and effects in the order that survives a
 * crash.
 *
 * For each batch: fold it and move the offsets in memory. Behind that, the alerts of its episodes
 * are put into the outbox (journaled), while the next batches are folded already: one slow write
 * holds up neither this partition nor the fetch that it shares with the others. Every now and
 * then: take state and offsets of one moment, wait until every episode found before it is in the
 * outbox, save both as one snapshot, then commit the offsets to Kafka for the sake of lag
 * displays. Killed anywhere, the next holder folds again from the snapshot and finds the same
 * episodes; their alerts have the same ids, so none is told twice.
 *
 * What is bounded: episodes that wait for the outbox. At `UNTOLD_MAX` the batch waits, and with it
 * the fetch.
 *
 * States: `loading` (a new partition; batches wait) -> `running` -> `dropped` (taken away, fenced,
 * or stopping; whatever is still under way for it is void).
 */
import type { ConsumedBatch, ConsumedRecord } from '@crest/shared/kafka/port';
import type { Firing, PartitionFold } from '../core/partition-fold.ts';
import type { RuleBook } from '../core/rule-book.ts';
import { readRecord, type AlerterRecord } from './read-record.ts';
import { cutSeconds, peekLogin } from './read-windows.ts';
import { TellQueue } from './tell-queue.ts';

export type PartitionState = 'loading' | 'running' | 'dropped';

export interface PartitionOptions {
  readonly partition: number;
  readonly topics: { readonly windows: string; readonly spikes: string };
  /** Puts the alerts of firings into the outbox; durable when it resolves. */
  readonly tell: (firings: readonly Firing[]) => Promise<void>;
  /** They are not in the outbox: it is tried again. */
  readonly untold: (partition: number, error: unknown) => void;
  /** Passes on what was read but is not for the fold. */
  readonly onHeartbeat: (record: AlerterRecord & { type: 'heartbeat' }) => void;
  /** Keeps what cannot be read; acknowledged when it resolves. */
  readonly bury: (letter: UnreadableRecord) => Promise<void>;
}

export interface UnreadableRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: ConsumedRecord;
  readonly reason: string;
}

export interface LoadedPartition {
  readonly epoch: number;
  readonly fold: PartitionFold;
  readonly nextOffsets: ReadonlyMap<string, number>;
  /**
   * What was found in records before these offsets was told by an earlier holder: when state is
   * folded anew because its snapshot is lost, none of it is told again.
   */
  readonly toldBefore: ReadonlyMap<string, number>;
}

/** State and offsets of one moment. */
export interface Captured {
  readonly body: Buffer;
  readonly nextOffsets: ReadonlyMap<string, number>;
}

/** Episodes of a partition that may wait for the outbox. */
const UNTOLD_MAX = 256;

export class Partition {
  readonly number: number;
  readonly #options: PartitionOptions;
  readonly #next = new Map<string, number>();
  /** Where it went back to last, by topic. */
  readonly #sought = new Map<string, number>();
  readonly #ready = Promise.withResolvers<undefined>();
  readonly #untold: TellQueue;
  #state: PartitionState = 'loading';
  #fold: PartitionFold | null = null;
  #epoch = 0;
  #toldBefore: ReadonlyMap<string, number> = new Map();
  #turn: Promise<unknown> = Promise.resolve();
  /** Records folded since the last snapshot. */
  #unsaved = 0;
  lastSavedAtMs = 0;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.number = options.partition;
    this.#untold = new TellQueue({
      tell: options.tell,
      failed: (error) => options.untold(options.partition, error),
    });
  }

  get state(): PartitionState {
    return this.#state;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Resolves when the partition is running or dropped. */
  get loaded(): Promise<undefined> {
    return this.#ready.promise;
  }

  get hasUnsaved(): boolean {
    return this.#unsaved > 0;
  }

  /** Counts that came too late for any rule. */
  get tooLate(): number {
    return this.#fold?.tooLate ?? 0;
  }

  /** Episodes that are not in the outbox yet. */
  get untold(): number {
    return this.#untold.size;
  }

  /** Windows are folded that an earlier holder had folded, because its state is lost. */
  get isRebuilding(): boolean {
    const { windows } = this.#options.topics;
    return (this.#next.get(windows) ?? 0) < (this.#toldBefore.get(windows) ?? 0);
  }

  run({ epoch, fold, nextOffsets, toldBefore }: LoadedPartition, savedAtMs: number): void {
    if (this.#state !== 'loading') return;
    this.#epoch = epoch;
    this.#fold = fold;
    this.#toldBefore = toldBefore;
    for (const [topic, offset] of nextOffsets) this.#next.set(topic, offset);
    this.lastSavedAtMs = savedAtMs;
    this.#state = 'running';
    this.#ready.resolve(undefined);
  }

  drop(): void {
    this.#state = 'dropped';
    this.#fold = null;
    this.#untold.close();
    this.#ready.resolve(undefined);
  }

  useRules(book: RuleBook): void {
    this.#fold?.useRules(book);
  }

  /**
   * Where to go back to when records before the batch were never handed over: the partition was
   * away and came back before this process heard of it. Null where nothing is missing, and once
   * that was tried: then the log has it no longer.
   */
  missedBefore({ topic, records }: ConsumedBatch): number | null {
    const next = this.#next.get(topic) ?? 0;
    const first = records[0]?.offset ?? next;
    if (this.#state !== 'running' || first <= next || this.#sought.get(topic) === next) return null;
    this.#sought.set(topic, next);
    return next;
  }

  /**
   * Folds a batch. After a rejection call it again with the same batch: what is folded already is
   * passed over.
   */
  handle(batch: ConsumedBatch): Promise<void> {
    return this.#inTurn(() => this.#handle(batch));
  }

  /** The process is stopping: an outbox that does not answer is not waited for any longer. */
  hurry(): void {
    this.#untold.hurry();
  }

  /**
   * State and offsets of one moment, as soon as all that was found before it is told; null unless
   * running, or when that cannot be told any more.
   */
  async capture(): Promise<Captured | null> {
    const taken = await this.#inTurn(() => {
      if (this.#fold === null) return Promise.resolve(null);
      const body = Buffer.from(JSON.stringify(this.#fold.toSnapshot()));
      const nextOffsets = new Map(this.#next);
      return Promise.resolve({ body, nextOffsets, unsaved: this.#unsaved });
    });
    if (taken === null || !(await this.#untold.told())) return null;
    this.#unsaved -= taken.unsaved;
    return taken;
  }

  async #handle({ topic, partition, records }: ConsumedBatch): Promise<void> {
    for (const record of records) {
      const fold = this.#fold;
      if (fold === null) return;
      if (record.offset < (this.#next.get(topic) ?? 0)) continue;
      if (topic === this.#options.topics.windows) fold.startAt(record);
      const reason = this.#take(fold, topic, record);
      if (reason !== null) await this.#options.bury({ topic, partition, record, reason });
      this.#next.set(topic, record.offset + 1);
      this.#unsaved += 1;
    }
    await this.#untold.below(UNTOLD_MAX);
  }

  /** Folds a record; gives the reason why it cannot be read, null where it can. */
  #take(fold: PartitionFold, topic: string, record: ConsumedRecord): string | null {
    const isToTell = record.offset >= (this.#toldBefore.get(topic) ?? 0);
    let firings = this.#applyQuickly(fold, topic, record);
    if (firings === null) {
      const read = readRecord(record.value);
      if (!read.ok) return read.reason;
      firings = this.#apply(fold, read.value);
    }
    if (isToTell) this.#untold.push(firings);
    return null;
  }

  /** By the fast way (`read-windows.ts`); null for what has to go the long one. */
  #applyQuickly(
    fold: PartitionFold,
    topic: string,
    { key, value }: ConsumedRecord,
  ): Firing[] | null {
    if (topic !== this.#options.topics.windows || key === null || value === null) return null;
    const channelLogin = peekLogin(key, value);
    if (channelLogin === null) return null;
    if (!fold.counts(key, channelLogin)) return [];
    const windows = cutSeconds(value);
    return windows && fold.windowsUpdated({ channelId: key, channelLogin, windows });
  }

  #apply(fold: PartitionFold, record: AlerterRecord): Firing[] {
    switch (record.type) {
      case 'windows.updated':
        return fold.windowsUpdated(record);
      case 'watermark.moved':
        return fold.watermarkMoved(record);
      case 'spike.found':
        return fold.spikeFound(record);
      case 'heartbeat':
        this.#options.onHeartbeat(record);
        return [];
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
