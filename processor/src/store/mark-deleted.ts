/** Marks what a moderator removed. The text itself goes with the rest, when it expires. */
import { JOURNALED } from '@crest/shared/mongo';
import type { ChatDeletion } from '@crest/shared/records/chat-deletion';
import { keyRange } from '../core/line-buckets.ts';
import type { Collections } from './collections.ts';

/**
 * How far back lines are marked, event milliseconds: Twitch's own clients show only the last few
 * hundred lines, and a longer range would be a scan of the whole channel for every ban.
 */
const REACH_MS = 10 * 60 * 1000;

/** Resolves when the lines are marked; doing it again changes nothing. */
export async function markDeleted(
  { messageBuckets }: Pick<Collections, 'messageBuckets'>,
  deletion: ChatDeletion,
): Promise<void> {
  const { channelId, atMs } = deletion;
  const target = targetOf(deletion);
  if (target === null) return;
  const span = { fromMs: Math.max(0, atMs - REACH_MS), toMs: atMs + 1 };
  const line = { ...target, atMs: { $gte: span.fromMs, $lt: span.toMs } };
  await messageBuckets.updateMany(
    { _id: keyRange(channelId, span), messages: { $elemMatch: line } },
    { $set: { 'messages.$[line].deletedAtMs': atMs } },
    { arrayFilters: [filterOn('line', line)], writeConcern: JOURNALED },
  );
}

function targetOf(deletion: ChatDeletion): { id?: string; userId?: string } | null {
  const { scope, targetMessageId, targetUserId } = deletion;
  if (scope === 'room') return {};
  if (scope === 'message') return targetMessageId === null ? null : { id: targetMessageId };
  return targetUserId === null ? null : { userId: targetUserId };
}

function filterOn(name: string, conditions: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(conditions).map(([field, condition]) => [`${name}.${field}`, condition]),
  );
}
