/** Moderation that removes text: one message (CLEARMSG), one user's, or a whole room (CLEARCHAT). */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface ChatDeletion {
  type: 'chat.deletion';
  version: 1;
  channelId: string;
  channelLogin: string;
  /** Derived from room, target and stamp: such lines carry no id. */
  id: string;
  /** Event time, epoch milliseconds. */
  atMs: number;
  scope: 'message' | 'user' | 'room';
  /** Id of the deleted message, for scope `message`. */
  targetMessageId: string | null;
  /** Id of the user whose lines go, for scope `user`. */
  targetUserId: string | null;
  targetUserLogin: string | null;
  /** Length of a time-out in seconds; null for a ban or a single deletion. */
  timeoutSeconds: number | null;
}

export const chatDeletion = defineRecord<ChatDeletion>(
  'chat.deletion',
  1,
  z.object({
    type: z.literal('chat.deletion'),
    version: z.literal(1),
    channelId: z.string().min(1),
    channelLogin: z.string(),
    id: z.string().min(1),
    atMs: z.int().nonnegative(),
    scope: z.enum(['message', 'user', 'room']),
    targetMessageId: z.string().nullable(),
    targetUserId: z.string().nullable(),
    targetUserLogin: z.string().nullable(),
    timeoutSeconds: z.int().nonnegative().nullable(),
  }),
);
