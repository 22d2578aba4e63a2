/**
 * The partitions that this process holds: taken over with their snapshots, fed by the consumer
 * group, saved every now and then, given up when the group moves them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { errorCodeOf } from '@crest/shared/errors';
import type { BatchControl, ConsumedBatch, GroupConsumer } from '@crest/shared/kafka/port';
import type { SnapshotStore } from '@crest/shared/snapshots/snapshot-store';
import type { RuleBook } from '../core/rule-book.ts';
import { Partition, type PartitionOptions } from './partition.ts';
import { restoreFold } from './restore-fold.ts';

export interface PartitionDeskOptions extends Omit<PartitionOptions, 'partition' | 'untold'> {
  readonly snapshots: SnapshotStore;
  /** At least so long between two snapshots of a partition. */
  readonly snapshotIntervalMs: number;
  /** How often the group hears of us while a batch takes its time. */
  readonly heartbeatMs: number;
  /**
   * How long after a partition turned out to be another's it is loaded again, if the group still
   * says that it is ours: whoever has really lost it knows by then.
   */
  readonly reloadAfterMs: number;
  readonly nowMs: () => number;
  readonly events: PartitionDeskEvents;
}

export type RetriedWork = 'load' | 'batch' | 'tell' | 'snapshot' | 'commit';

export interface PartitionDeskEvents {
  partitionTaken(
    partition: number,
    facts: { epoch: number; from: 'nothing' | 'snapshot' | 'log' },
  ): void;
  /** The partition's state is lost: it is folded again from what the log holds. */
  snapshotUnreadable(partition: number, reason: string): void;
  partitionGiven(partition: number): void;
  /** Another process has taken the partition over: ours is void. */
  partitionFenced(partition: number): void;
  snapshotSaved(partition: number, facts: { bytes: number }): void;
  /** Something that is tried again: the database or Kafka did not do its part. */
  retrying(what: RetriedWork, partition: number, error: unknown): void;
  /** A batch is done: how far behind the end the partition is. */
  batchDone(batch: ConsumedBatch): void;
}

const RETRY_MS = 500;
/** How often within an interval it is looked which partitions are to be saved. */
const SWEEPS_PER_INTERVAL = 4;

export class PartitionDesk {
  readonly #options: PartitionDeskOptions;
  readonly #partitions = new Map<number, Partition>();
  readonly #consumer = Promise.withResolvers<GroupConsumer>();
  readonly #reloads = new Set<NodeJS.Timeout>();
  #assigned: ReadonlySet<number> = new Set();
  readonly #stop = new AbortController();
  #saving: Promise<void> = Promise.resolve();
  #book: RuleBook;

  constructor(options: PartitionDeskOptions, book: RuleBook) {
    this.#options = options;
    this.#book = book;
  }

  /** The group's consumer, once it has joined. */
  attach(consumer: GroupConsumer): void {
    this.#consumer.resolve(consumer);
    this.#saving = this.#keepSaving();
  }

  /** Partitions that are held and not running yet. */
  get loading(): number {
    return this.#held().filter(({ state }) => state === 'loading').length;
  }

  /** Partitions whose state is being folded again from the log. */
  get rebuilding(): number {
    return this.#held().filter(({ isRebuilding }) => isRebuilding).length;
  }

  /** Episodes that are not in the outbox yet. */
  get untold(): number {
    return this.#held().reduce((sum, { untold }) => sum + untold, 0);
  }

  /** Counts that came too late for any rule, in the partitions held now. */
  get tooLate(): number {
    return this.#held().reduce((sum, partition) => sum + partition.tooLate, 0);
  }

  useRules(book: RuleBook): void {
    this.#book = book;
    for (const partition of this.#held()) partition.useRules(book);
  }

  /** The group has given us exactly these. */
  assigned(held: ReadonlyMap<string, readonly number[]>): void {
    const numbers = new Set([...held.values()].flat());
    this.#assigned = numbers;
    for (const [number, partition] of this.#partitions) {
      if (numbers.has(number)) continue;
      partition.drop();
      this.#partitions.delete(number);
      this.#options.events.partitionGiven(number);
    }
    for (const number of numbers) if (!this.#partitions.has(number)) this.#take(number);
  }

  /** One batch; resolves when its effects are durable, or when the partition is ours no more. */
  async handle(batch: ConsumedBatch, control: BatchControl): Promise<void> {
    const partition = this.#partitions.get(batch.partition);
    if (partition === undefined) return;
    const beat = setInterval(() => {
      control.heartbeat().catch(() => undefined);
    }, this.#options.heartbeatMs);
    try {
      await partition.loaded;
      const missed = control.isStale() ? null : partition.missedBefore(batch);
      if (missed === null) await this.#handleUntilDone(partition, batch, control);
      else (await this.#consumer.promise).seek(batch.topic, batch.partition, missed);
    } finally {
      clearInterval(beat);
    }
  }

  /** Saves every partition and gives all up. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const partition of this.#held()) partition.hurry();
    await this.#saving;
    for (const timer of this.#reloads) clearTimeout(timer);
    await Promise.all(this.#held().map((partition) => this.#save(partition)));
    for (const partition of this.#held()) partition.drop();
    this.#partitions.clear();
  }

  #held(): Partition[] {
    return [...this.#partitions.values()];
  }

  #take(number: number): void {
    const { events } = this.#options;
    const untold = (partition: number, error: unknown): void =>
      events.retrying('tell', partition, error);
    const partition = new Partition({ ...this.#options, untold, partition: number });
    this.#partitions.set(number, partition);
    void this.#load(partition);
  }

  async #load(partition: Partition): Promise<void> {
    while (partition.state === 'loading' && !this.#stop.signal.aborted) {
      try {
        await this.#restore(partition);
        return;
      } catch (error) {
        this.#options.events.retrying('load', partition.number, error);
        await delay(RETRY_MS);
      }
    }
  }

  async #restore(partition: Partition): Promise<void> {
    const { snapshots, topics, nowMs, events } = this.#options;
    const consumer = await this.#consumer.promise;
    const { epoch, saved } = await snapshots.acquire(idOf(partition));
    if (partition.state !== 'loading') return;
    const restored = restoreFold(saved, [topics.windows, topics.spikes]);
    if (restored.reason !== null) events.snapshotUnreadable(partition.number, restored.reason);
    restored.fold.useRules(this.#book);
    for (const [topic, offset] of restored.nextOffsets) {
      consumer.seek(topic, partition.number, offset);
    }
    partition.run({ epoch, ...restored }, nowMs());
    events.partitionTaken(partition.number, { epoch, from: restored.from });
  }

  async #handleUntilDone(
    partition: Partition,
    batch: ConsumedBatch,
    control: BatchControl,
  ): Promise<void> {
    const { events } = this.#options;
    while (!control.isStale() && partition.state === 'running') {
      try {
        await partition.handle(batch);
        events.batchDone(batch);
        return;
      } catch (error) {
        events.retrying('batch', partition.number, error);
        if (this.#stop.signal.aborted) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  // One after the other: a snapshot is work for the database, and none is in a hurry.
  async #keepSaving(): Promise<void> {
    const { nowMs, snapshotIntervalMs } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await delay(snapshotIntervalMs / SWEEPS_PER_INTERVAL, undefined, { signal }).catch(() => {
        // Stopping: `stop` saves what is left.
      });
      for (const partition of this.#held()) {
        if (signal.aborted) return;
        if (nowMs() - partition.lastSavedAtMs >= snapshotIntervalMs) await this.#save(partition);
      }
    }
  }

  async #save(partition: Partition): Promise<void> {
    const { snapshots, nowMs, events } = this.#options;
    if (partition.state !== 'running' || !partition.hasUnsaved) return;
    partition.lastSavedAtMs = nowMs();
    try {
      const captured = await partition.capture();
      if (captured === null) return;
      await snapshots.save(idOf(partition), partition.epoch, captured, nowMs());
      events.snapshotSaved(partition.number, { bytes: captured.body.length });
      await this.#commit(partition.number, captured.nextOffsets);
    } catch (error) {
      if (errorCodeOf(error) !== 'FENCED') {
        events.retrying('snapshot', partition.number, error);
        return;
      }
      this.#fenced(partition);
    }
  }

  #fenced(partition: Partition): void {
    const { number } = partition;
    partition.drop();
    if (this.#partitions.get(number) === partition) this.#partitions.delete(number);
    this.#options.events.partitionFenced(number);
    const timer = setTimeout(() => {
      this.#reloads.delete(timer);
      if (this.#assigned.has(number) && !this.#partitions.has(number)) this.#take(number);
    }, this.#options.reloadAfterMs);
    this.#reloads.add(timer);
  }

  // For those who watch the group's lag: where to read on is in the snapshot.
  async #commit(number: number, nextOffsets: ReadonlyMap<string, number>): Promise<void> {
    const offsets = [...nextOffsets].map(([topic, nextOffset]) => ({
      topic,
      partition: number,
      nextOffset,
    }));
    try {
      await (await this.#consumer.promise).commit(offsets);
    } catch (error) {
      this.#options.events.retrying('commit', number, error);
    }
  }
}

function idOf(partition: Partition): string {
  return String(partition.number);
}
