/** Reads the lines of a span of a channel: one range of keys, bounded on both sides. */
import { keyRange } from '../core/line-buckets.ts';
import type { StoredMessage } from '../core/stored-message.ts';
import type { Collections } from './collections.ts';

const BATCH_BUCKETS = 200;

/** All lines of the channel stamped from `fromMs` to before `toMs`, bucket by bucket. */
export async function* readMessages(
  { messageBuckets }: Pick<Collections, 'messageBuckets'>,
  { channelId, fromMs, toMs }: { channelId: string; fromMs: number; toMs: number },
): AsyncGenerator<StoredMessage> {
  const range = keyRange(channelId, { fromMs, toMs });
  const buckets = messageBuckets.find({ _id: range }, { batchSize: BATCH_BUCKETS });
  for await (const { messages } of buckets) {
    for (const line of messages) if (line.atMs >= fromMs && line.atMs < toMs) yield line;
  }
}
