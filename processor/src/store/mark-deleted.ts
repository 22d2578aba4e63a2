/** Marks what a moderator removed. The text itself goes with the rest, when it expires. */
import { JOURNALED } from '@crest/shared/mongo';
import type { ChatDeletion } from '@crest/shared/records/chat-deletion';
import { timeKey } from '../core/stored-message.ts';
import type { Collections } from './collections.ts';

/**
 * How far back lines are marked, event milliseconds: Twitch's own clients show only the last few
 * hundred lines, and a longer range would be a scan of the whole channel for every ban.
 */
const REACH_MS = 10 * 60 * 1000;

/** Resolves when the lines are marked; doing it again changes nothing. */
export async function markDeleted(
  { messages }: Pick<Collections, 'messages'>,
  deletion: ChatDeletion,
): Promise<void> {
  const { channelId, atMs } = deletion;
  const _id = {
    $gte: timeKey(channelId, Math.max(0, atMs - REACH_MS)),
    $lt: timeKey(channelId, atMs + 1),
  };
  const target = targetOf(deletion);
  if (target === null) return;
  await messages.updateMany(
    { _id, ...target },
    { $set: { deletedAtMs: atMs } },
    { writeConcern: JOURNALED },
  );
}

function targetOf(deletion: ChatDeletion): { messageId?: string; userId?: string } | null {
  const { scope, targetMessageId, targetUserId } = deletion;
  if (scope === 'room') return {};
  if (scope === 'message') return targetMessageId === null ? null : { messageId: targetMessageId };
  return targetUserId === null ? null : { userId: targetUserId };
}
