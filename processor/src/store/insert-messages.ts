/** Inserts lines of chat: a bucket that is there already is a success, so repeats do no harm. */
import { bucketKey, singleKey, type LineBucket } from '../core/line-buckets.ts';
import type { UnsureLine } from '../core/fold-effects.ts';
import type { BucketDocument, Collections, StoreAckDocument } from './collections.ts';
import { insertNew } from './insert-new.ts';
import { readMessages } from './read-messages.ts';

export interface Retention {
  /** Wall time now, epoch milliseconds. */
  readonly nowMs: number;
  readonly textRetentionMs: number;
}

/** Resolves when every bucket is in the journal. */
export async function insertBuckets(
  { messageBuckets }: Pick<Collections, 'messageBuckets'>,
  buckets: readonly LineBucket[],
  { nowMs, textRetentionMs }: Retention,
): Promise<void> {
  const expireAt = new Date(nowMs + textRetentionMs);
  const documents = buckets.map((bucket): BucketDocument => {
    const { channelId, channelLogin, partition, lines } = bucket;
    const messages = lines;
    return { _id: bucketKey(bucket), channelId, channelLogin, partition, messages, expireAt };
  });
  await insertNew(messageBuckets, documents);
}

/** Inserts a line, as a bucket of its own, unless the store has it in whatever bucket. */
export async function insertUnlessKnown(
  collections: Pick<Collections, 'messageBuckets'>,
  { line, ...channel }: UnsureLine,
  { nowMs, textRetentionMs }: Retention,
): Promise<void> {
  const { channelId } = channel;
  const moment = { channelId, fromMs: line.atMs, toMs: line.atMs + 1 };
  for await (const { id } of readMessages(collections, moment)) if (id === line.id) return;
  const expireAt = new Date(nowMs + textRetentionMs);
  const document = { _id: singleKey(channelId, line), ...channel, messages: [line], expireAt };
  await insertNew(collections.messageBuckets, [document]);
}

/** Notes, without waiting for the journal, when which offsets of each partition were safe. */
export async function insertStoreAcks(
  { storeAcks }: Pick<Collections, 'storeAcks'>,
  buckets: readonly LineBucket[],
  { nowMs, textRetentionMs }: Retention,
): Promise<void> {
  const spans = new Map<number, StoreAckDocument>();
  const expireAt = new Date(nowMs + textRetentionMs);
  for (const { partition, lines } of buckets) {
    const first = lines[0]?.offset ?? 0;
    const last = lines.at(-1)?.offset ?? 0;
    const { fromOffset = first, toOffset = last } = spans.get(partition) ?? {};
    spans.set(partition, {
      partition,
      fromOffset: Math.min(fromOffset, first),
      toOffset: Math.max(toOffset, last),
      ackedAtMs: nowMs,
      expireAt,
    });
  }
  const documents = [...spans.values()];
  if (documents.length > 0) await storeAcks.insertMany(documents, { writeConcern: { w: 1 } });
}
