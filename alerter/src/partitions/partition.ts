/**
 * One partition that this process holds: state, offsets, and effects in the order that survives a
 * crash.
 *
 * For each batch: fold it, put the alerts of its episodes into the outbox (journaled), move the
 * offsets in memory. Every now and then: save state and offsets as one snapshot, then commit the
 * offsets to Kafka for the sake of lag displays. Killed anywhere, the next holder folds again from
 * the snapshot and finds the same episodes; their alerts have the same ids, so none is told twice.
 *
 * States: `loading` (a new partition; batches wait) -> `running` -> `dropped` (taken away, fenced,
 * or stopping; whatever is still under way for it is void).
 */
import type { ConsumedBatch, ConsumedRecord } from '@crest/shared/kafka/port';
import type { Firing, PartitionFold } from '../core/partition-fold.ts';
import type { RuleBook } from '../core/rule-book.ts';
import { readRecord, type AlerterRecord } from './read-record.ts';

export type PartitionState = 'loading' | 'running' | 'dropped';

export interface PartitionOptions {
  readonly partition: number;
  readonly topics: { readonly windows: string; readonly spikes: string };
  /** Puts the alerts of firings into the outbox; durable when it resolves. */
  readonly tell: (firings: readonly Firing[]) => Promise<void>;
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
}

export class Partition {
  readonly number: number;
  readonly #options: PartitionOptions;
  readonly #next = new Map<string, number>();
  readonly #ready = Promise.withResolvers<undefined>();
  #state: PartitionState = 'loading';
  #fold: PartitionFold | null = null;
  #epoch = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** Found by the fold, which has moved on, and not in the outbox yet. */
  readonly #untold: Firing[] = [];
  /** Records folded since the last snapshot. */
  #unsaved = 0;
  lastSavedAtMs = 0;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.number = options.partition;
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

  /** The next offset of each topic that was read from. */
  get nextOffsets(): ReadonlyMap<string, number> {
    return this.#next;
  }

  get hasUnsaved(): boolean {
    return this.#unsaved > 0;
  }

  /** Counts that came too late for any rule. */
  get tooLate(): number {
    return this.#fold?.tooLate ?? 0;
  }

  run({ epoch, fold, nextOffsets }: LoadedPartition, savedAtMs: number): void {
    if (this.#state !== 'loading') return;
    this.#epoch = epoch;
    this.#fold = fold;
    for (const [topic, offset] of nextOffsets) this.#next.set(topic, offset);
    this.lastSavedAtMs = savedAtMs;
    this.#state = 'running';
    this.#ready.resolve(undefined);
  }

  drop(): void {
    this.#state = 'dropped';
    this.#fold = null;
    this.#ready.resolve(undefined);
  }

  useRules(book: RuleBook): void {
    this.#fold?.useRules(book);
  }

  /**
   * Folds a batch and makes its effects durable. After a rejection call it again with the same
   * batch: what is folded already is passed over, what is untold is told.
   */
  handle(batch: ConsumedBatch): Promise<void> {
    return this.#inTurn(() => this.#handle(batch));
  }

  /** State and offsets of one moment at which all is told; null unless running. */
  capture(): Promise<{ body: Buffer; nextOffsets: Map<string, number> } | null> {
    return this.#inTurn(async () => {
      if (this.#fold === null) return null;
      await this.#tellAll();
      this.#unsaved = 0;
      const body = Buffer.from(JSON.stringify(this.#fold.toSnapshot()));
      return { body, nextOffsets: new Map(this.#next) };
    });
  }

  async #handle({ topic, partition, records }: ConsumedBatch): Promise<void> {
    const fold = this.#fold;
    if (fold === null) return;
    for (const record of records) {
      if (record.offset < (this.#next.get(topic) ?? 0)) continue;
      const read = readRecord(record.value);
      if (read.ok) {
        if (topic === this.#options.topics.windows) fold.startAt(record);
        this.#untold.push(...this.#apply(fold, read.value));
      } else {
        const { reason } = read;
        await this.#options.bury({ topic, partition, record, reason });
      }
      this.#next.set(topic, record.offset + 1);
      this.#unsaved += 1;
    }
    await this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    if (this.#untold.length === 0) return;
    await this.#options.tell(this.#untold);
    this.#untold.length = 0;
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
