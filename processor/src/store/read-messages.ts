/** Reads the lines of a span of a channel: one range of keys, bounded on both sides. */
import { timeKey, type StoredMessage } from '../core/stored-message.ts';
import type { Collections } from './collections.ts';

/** All lines of the channel from `fromMs` to before `toMs`, in order of time. */
export async function readMessages(
  { messages }: Pick<Collections, 'messages'>,
  span: { channelId: string; fromMs: number; toMs: number },
): Promise<StoredMessage[]> {
  const { channelId, fromMs, toMs } = span;
  const range = { $gte: timeKey(channelId, fromMs), $lt: timeKey(channelId, toMs) };
  return messages.find({ _id: range }, { batchSize: 5_000 }).toArray();
}
