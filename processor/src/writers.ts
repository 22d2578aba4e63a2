/**
 * The ways out of the processor, shared by all partitions so that small batches become large ones:
 * one writer for Kafka, one for messages, one for each collection of guarded documents.
 */
import type { OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';
import type { LineBucket } from './core/line-buckets.ts';
import type { ProcessorEvents } from './events.ts';
import { GroupCommit } from './group-commit.ts';
import type { Writer } from './metrics.ts';
import type { Collections } from './store/collections.ts';
import { guardedUpserts, type Guarded } from './store/guarded-upserts.ts';
import { insertBuckets, insertStoreAcks } from './store/insert-messages.ts';

export const GUARDED = [
  'windows10s',
  'windows1m',
  'windows1h',
  'spikes',
  'gaps',
  'counters',
  'deletions',
] as const;
export type GuardedName = (typeof GUARDED)[number];

export interface Writers {
  readonly records: GroupCommit<OutgoingRecord>;
  readonly messages: GroupCommit<LineBucket>;
  readonly guarded: Readonly<Record<GuardedName, GroupCommit<Guarded>>>;
  /** Targets whose last write failed. */
  failing(): readonly Writer[];
}

export interface WriterOptions {
  readonly collections: Collections;
  readonly producer: RecordProducer;
  readonly events: ProcessorEvents;
  /** Aborts everything that is under way. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly batchMessagesMax: number;
  readonly textRetentionMs: number;
}

/** Larger bulks of guarded upserts gain nothing. */
const BATCH_DOCUMENTS_MAX = 1_000;
const BATCH_RECORDS_MAX = 2_000;

/** Makes the writers. They retry for ever, until the signal aborts. */
export function createWriters(options: WriterOptions): Writers {
  const { collections, producer, events, signal, nowMs, textRetentionMs } = options;
  const failing = new Set<Writer>();
  const writer = <T>(
    name: Writer,
    itemsMax: number,
    write: (items: readonly T[]) => Promise<void>,
    sizeOf: (item: T) => number = () => 1,
  ): GroupCommit<T> =>
    new GroupCommit<T>({
      sizeMax: itemsMax,
      sizeOf,
      signal,
      commit: async (items) => {
        const startedMs = performance.now();
        await write(items);
        const size = items.reduce((sum, item) => sum + sizeOf(item), 0);
        events.written(name, (performance.now() - startedMs) / 1000, size);
      },
      onRetry: (error, attempt) => {
        failing.add(name);
        events.writeFailed(name, error, attempt);
      },
      onRecovered: () => {
        failing.delete(name);
        events.writeRecovered(name);
      },
    });
  const guarded = (name: GuardedName): GroupCommit<Guarded> =>
    writer(name, BATCH_DOCUMENTS_MAX, (items) => guardedUpserts(collections[name], items));
  return {
    records: writer('kafka', BATCH_RECORDS_MAX, (items) => producer.send(items)),
    messages: writer(
      'messages',
      options.batchMessagesMax,
      async (buckets) => {
        await insertBuckets(collections, buckets, { nowMs: nowMs(), textRetentionMs });
        // Only latency figures hang on these: nobody waits, and a failure costs a figure.
        const acks = insertStoreAcks(collections, buckets, { nowMs: nowMs(), textRetentionMs });
        acks.catch(() => undefined);
      },
      ({ lines }) => lines.length,
    ),
    guarded: {
      windows10s: guarded('windows10s'),
      windows1m: guarded('windows1m'),
      windows1h: guarded('windows1h'),
      spikes: guarded('spikes'),
      gaps: guarded('gaps'),
      counters: guarded('counters'),
      deletions: guarded('deletions'),
    },
    failing: () => [...failing],
  };
}
