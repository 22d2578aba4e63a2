/**
 * One partition of `channel.events` in the hands of this process: loads its state, folds its
 * records, carries out what they lead to, saves its state.
 *
 * Effects in the order that survives a crash: fold; send and store; when everything up to an offset
 * is durable, the snapshot at that offset; then the commit in Kafka, for information only. Whatever
 * a crash interrupts is done again from the snapshot on.
 *
 * Modes, and how each is left:
 * - `new`: nothing read yet. Claims the partition and loads, at once or else with the first batch:
 *   `folding`.
 * - `folding`: until it is `dropped`.
 * - `dropped`: lost to another process, or stopped. Nothing is written any more.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCodeOf } from '@crest/shared/errors';
import type { LoadPace } from '@crest/shared/kafka/load-pace';
import type {
  BatchControl,
  ConsumedBatch,
  ConsumedRecord,
  GroupConsumer,
  OutgoingRecord,
} from '@crest/shared/kafka/port';
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import { deadLetterOf } from '@crest/shared/records/dead-letter';
import type { TopicNames } from '@crest/shared/topics';
import { createEffects } from './core/fold-effects.ts';
import { countOpenLines } from './core/line-buckets.ts';
import { OffsetLedger } from './core/offset-ledger.ts';
import { PartitionFold } from './core/partition-fold.ts';
import { isInGap } from './core/gap-list.ts';
import {
  createPartitionState,
  type ChannelState,
  type FoldSettings,
} from './core/partition-state.ts';
import { partsOf, stateOf } from './core/state-parts.ts';
import { EarlyUpdates } from './early-updates.ts';
import type { ProcessorEvents } from './events.ts';
import type { InFlight } from './in-flight.ts';
import { decodeEvent } from './kafka/decode-event.ts';
import { deadLetterRecord, recordOf } from './kafka/outgoing.ts';
import { runEffects } from './run-effects.ts';
import type { Collections } from './store/collections.ts';
import { SnapshotStore } from './store/snapshot-store.ts';
import type { Writers } from './writers.ts';

export interface WorkerContext {
  readonly topics: TopicNames;
  readonly groupId: string;
  readonly fold: FoldSettings;
  /** How often a channel is told of, by how much is folded. */
  readonly earlyPace: LoadPace;
  /** Of this partition. */
  readonly inFlightRecordsMax: number;
  /** Of all partitions together. */
  readonly inFlight: InFlight;
  readonly collections: Collections;
  readonly writers: Writers;
  readonly events: ProcessorEvents;
  readonly consumer: () => GroupConsumer;
  readonly nowMs: () => number;
  /** How long lines are kept, wall milliseconds. */
  readonly textRetentionMs: number;
  /** A bug: the process cannot go on. */
  readonly fail: (error: Error) => void;
}

/** Records between two looks at the clock, the group and the writers. */
const STRETCH_RECORDS = 500;
/** How often a waiting handler tells the group that it lives. */
const WAIT_MS = 500;

export interface WorkerFacts {
  readonly channels: number;
  readonly openGaps: number;
  /** Records in the log after the last that was folded. */
  readonly lagRecords: number;
  /** Age of the last folded record while there are others after it, wall milliseconds. */
  readonly lagMs: number;
  readonly inFlight: number;
}

interface Loaded {
  readonly fold: PartitionFold;
  readonly ledger: OffsetLedger;
  readonly early: EarlyUpdates;
  readonly snapshots: SnapshotStore;
}

export class PartitionWorker {
  readonly partition: number;
  readonly #context: WorkerContext;
  readonly #dropped = new AbortController();
  #loading: Promise<Loaded> | null = null;
  #loaded: Loaded | null = null;
  #inFlightRecords = 0;
  /** The store has every line that was folded. */
  #settled: Promise<void> = Promise.resolve();
  #soughtOffset: number | null = null;
  #savedOffset = -1;
  #saving: Promise<void> | null = null;
  #droppedAtMs: number | null = null;
  #lag = { records: 0, timestampMs: 0 };
  #progress = Promise.withResolvers<undefined>();

  constructor(partition: number, context: WorkerContext) {
    this.partition = partition;
    this.#context = context;
  }

  /** When it was given up, wall milliseconds; null while it is held. */
  get droppedAtMs(): number | null {
    return this.#droppedAtMs;
  }

  /** What gauges want to know. */
  facts(): WorkerFacts {
    const channels = this.#loaded?.fold.state.channels ?? new Map<string, ChannelState>();
    const { records, timestampMs } = this.#lag;
    const waiting = this.#loaded === null ? 0 : countOpenLines(this.#loaded.fold.state.open);
    return {
      channels: channels.size,
      openGaps: [...channels.values()].filter(({ observation }) => isInGap(observation)).length,
      lagRecords: records,
      lagMs: records === 0 ? 0 : this.#context.nowMs() - timestampMs,
      inFlight: this.#inFlightRecords + waiting,
    };
  }

  /**
   * Claims the partition and loads its state before anything of it is read, beside those of others: a
   * fetch after an outage brings few partitions at a time. What fails here is tried by the first batch.
   */
  prepare(): void {
    this.#load().catch(() => undefined);
  }

  /** Folds what is next of the batch; returns early when the partition is no longer held. */
  async onBatch(batch: ConsumedBatch, control: BatchControl): Promise<void> {
    const isOver = (): boolean => this.#droppedAtMs !== null || control.isStale();
    if (isOver()) return;
    const loaded = await this.#whileBeating(this.#load(), control);
    if (isOver()) return;
    const records = this.#nextOf(batch, loaded.fold.state.nextOffset);
    for (let i = 0; i < records.length; i += STRETCH_RECORDS) {
      while (this.#isFull() && !isOver()) {
        const { lessened } = this.#context.inFlight;
        await this.#whileBeating(Promise.race([this.#progress.promise, lessened]), control);
      }
      if (isOver()) return;
      this.#fold(loaded, records.slice(i, i + STRETCH_RECORDS), batch);
      if (i + STRETCH_RECORDS < records.length) {
        await control.heartbeat();
        await nextTurn();
      }
    }
  }

  /** Tells of open windows that changed and have waited their time. */
  tellEarly(): void {
    if (this.#loaded === null || this.#droppedAtMs !== null) return;
    const { writers, events, topics, nowMs } = this.#context;
    const place = { topics, partition: this.partition, nowMs: nowMs() };
    const updates = this.#loaded.early.takeDue(place.nowMs);
    if (updates.length === 0) return;
    events.toldEarly(updates.reduce((sum, { windows }) => sum + windows.length, 0));
    // Nothing waits for these: the next update of the channel says the same and more.
    writers.records.push(updates.map((update) => recordOf(update, place))).catch(() => undefined);
  }

  /** Saves the state as it is now, once everything up to it is durable. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  /** Gives the partition up: nothing is written for it any more. */
  drop(): void {
    if (this.#droppedAtMs !== null) return;
    this.#droppedAtMs = this.#context.nowMs();
    this.#dropped.abort(new Error('partition dropped'));
    this.#moved();
  }

  // -- reading -----------------------------------------------------------------------------------

  #load(): Promise<Loaded> {
    if (this.#loaded !== null) return Promise.resolve(this.#loaded);
    this.#loading ??= this.#claimAndLoad()
      .catch((error: unknown) => {
        const code = errorCodeOf(error);
        // No other try would read it, and the client would try for ever: somebody has to look.
        if (code === 'SNAPSHOT_UNREADABLE') this.#context.fail(error as Error);
        if (code === 'FENCED') this.#fenced();
        throw error;
      })
      .finally(() => {
        this.#loading = null;
      });
    return this.#loading;
  }

  async #claimAndLoad(): Promise<Loaded> {
    const { collections, groupId, topics, fold: settings, events, earlyPace } = this.#context;
    const key = `${groupId}/${topics.channelEvents}/${this.partition}`;
    const snapshots = await SnapshotStore.claim(collections, key);
    const { parts } = await snapshots.load();
    const state = parts === null ? createPartitionState(this.partition) : stateOf(parts);
    await snapshots.removeOrphans();
    const fold = new PartitionFold(state, settings);
    this.#savedOffset = parts === null ? -1 : state.nextOffset;
    const { nextOffset, channels } = state;
    events.stateLoaded(this.partition, { nextOffset, channels: channels.size });
    this.#loaded = {
      fold,
      snapshots,
      ledger: new OffsetLedger(nextOffset),
      early: new EarlyUpdates(fold, earlyPace),
    };
    return this.#loaded;
  }

  // The records of the batch from the next offset on; none, after a seek, when it begins elsewhere.
  #nextOf(
    { topic, records, endOffset }: ConsumedBatch,
    nextOffset: number,
  ): readonly ConsumedRecord[] {
    const { consumer, events } = this.#context;
    const first = records[0]?.offset ?? nextOffset;
    const last = records.at(-1)?.offset ?? -1;
    this.#lag = {
      records: Math.max(0, endOffset - nextOffset),
      timestampMs: this.#lag.timestampMs,
    };
    if (last + 1 === nextOffset) return [];
    const isElsewhere = last < nextOffset || first > nextOffset;
    if (isElsewhere && this.#soughtOffset !== nextOffset) {
      this.#soughtOffset = nextOffset;
      consumer().seek(topic, this.partition, nextOffset);
      return [];
    }
    this.#soughtOffset = null;
    // Asked for already and not there: retention was faster than we were.
    if (first > nextOffset) {
      events.offsetsGone(this.partition, { fromOffset: nextOffset, toOffset: first });
    }
    return records.filter(({ offset }) => offset >= nextOffset);
  }

  #fold({ fold, ledger }: Loaded, records: readonly ConsumedRecord[], batch: ConsumedBatch): void {
    const { events, nowMs, earlyPace } = this.#context;
    const startedMs = performance.now();
    earlyPace.count(records.length, startedMs);
    const effects = createEffects();
    const letters: OutgoingRecord[] = [];
    const counts = new Map<ChannelEvent['type'], number>();
    try {
      for (const record of records) {
        const decoded = decodeEvent(record.value);
        if (decoded.ok) {
          fold.step(decoded.value, record.offset, effects);
          counts.set(decoded.value.type, (counts.get(decoded.value.type) ?? 0) + 1);
        } else {
          fold.skip(record.offset);
          letters.push(this.#letterOf(record, batch.topic, decoded.reason));
        }
      }
    } catch (error) {
      // A bug, not bad input: the state may be half changed, so this process must not go on.
      this.drop();
      this.#context.fail(error as Error);
      return;
    }
    const last = records.at(-1);
    const timestampMs = last?.timestampMs ?? 0;
    const { nextOffset, counters } = fold.state;
    this.#lag = { records: Math.max(0, batch.endOffset - nextOffset), timestampMs };
    events.foldTook((performance.now() - startedMs) / 1000);
    events.folded(counts, (nowMs() - timestampMs) / 1000);
    events.effects(effects);
    const ticket = ledger.begin(nextOffset);
    this.#inFlightRecords += records.length;
    this.#context.inFlight.add(records.length);
    const context = {
      ...this.#context,
      partition: this.partition,
      counters,
      signal: this.#dropped.signal,
      settledBefore: this.#settled,
    };
    const { settled, done } = runEffects(effects, letters, context);
    this.#settled = settled;
    this.tellEarly();
    done.then(
      () => {
        ledger.finish(ticket);
        this.#inFlightRecords -= records.length;
        this.#context.inFlight.remove(records.length);
        this.#moved();
      },
      (error: unknown) => {
        this.#context.inFlight.remove(records.length);
        if (this.#droppedAtMs === null) this.#context.fail(error as Error);
      },
    );
  }

  #letterOf(record: ConsumedRecord, topic: string, reason: string): OutgoingRecord {
    const { events, topics, nowMs } = this.#context;
    const { offset, key, value } = record;
    events.poisoned(this.partition, { offset, reason });
    const origin = { topic, partition: this.partition, offset };
    const facts = { service: 'processor', reason, origin, key, failedAtMs: nowMs() } as const;
    const place = { topics, partition: this.partition, nowMs: nowMs() };
    return deadLetterRecord(deadLetterOf(facts, value ?? ''), place);
  }

  // -- saving ------------------------------------------------------------------------------------

  async #save(): Promise<void> {
    const loaded = this.#loaded;
    if (loaded === null || this.#droppedAtMs !== null) return;
    const { fold, ledger, snapshots } = loaded;
    const { nextOffset } = fold.state;
    if (nextOffset === this.#savedOffset) return;
    // Taken at once, because the fold goes on; written when everything before it is durable.
    const parts = partsOf(fold.state, snapshots.knownMarks());
    while (ledger.finishedOffset < nextOffset) {
      if (this.#droppedAtMs !== null) return;
      await this.#progress.promise;
    }
    await this.#write(snapshots, nextOffset, parts);
  }

  async #write(
    snapshots: SnapshotStore,
    nextOffset: number,
    parts: ReturnType<typeof partsOf>,
  ): Promise<void> {
    const { events, nowMs, consumer, topics } = this.#context;
    const startedMs = performance.now();
    try {
      const bytes = await snapshots.save({ nextOffset, savedAtMs: nowMs() }, parts);
      this.#savedOffset = nextOffset;
      const seconds = (performance.now() - startedMs) / 1000;
      events.snapshotSaved(this.partition, { seconds, bytes });
    } catch (error) {
      if (errorCodeOf(error) !== 'FENCED') return events.snapshotFailed(this.partition, error);
      return this.#fenced();
    }
    const offsets = [{ topic: topics.channelEvents, partition: this.partition, nextOffset }];
    await consumer()
      .commit(offsets)
      .catch((error: unknown) => events.commitFailed(this.partition, error));
  }

  #fenced(): void {
    this.drop();
    this.#context.events.fenced(this.partition);
  }

  // -- waiting -----------------------------------------------------------------------------------

  // A partition with nothing in flight always gets its turn, whatever the others have.
  #isFull(): boolean {
    const { inFlight, inFlightRecordsMax } = this.#context;
    if (this.#inFlightRecords === 0) return false;
    return inFlight.isFull || this.#inFlightRecords >= inFlightRecordsMax;
  }

  // Something became durable, or the partition was dropped: who waits looks again.
  #moved(): void {
    this.#progress.resolve(undefined);
    this.#progress = Promise.withResolvers<undefined>();
  }

  // Waits, telling the group from time to time that this member lives.
  async #whileBeating<T>(work: Promise<T>, control: BatchControl): Promise<T> {
    const beat = setInterval(() => {
      control.heartbeat().catch(() => undefined);
    }, WAIT_MS);
    try {
      return await work;
    } finally {
      clearInterval(beat);
    }
  }
}
