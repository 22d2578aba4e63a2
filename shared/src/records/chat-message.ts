/**
 * One line of chat (IRC PRIVMSG), as the collector writes it to `channel.events`.
 *
 * Identity is `channelId` + `id`. `atMs` is Twitch's own stamp (`tmi-sent-ts`), in epoch
 * milliseconds of event time, clamped when it lies too far ahead of the event clock.
 */
import { z } from 'zod';
import { LINE_READING, type LineReading } from './line-reading.ts';
import { defineRecord } from './record.ts';

export interface ChatMessage extends LineReading {
  type: 'chat.message';
  version: 1;
  /** Twitch room-id, the key of the record. */
  channelId: string;
  /** Login of the channel when the line was read; ids are stable, logins are not. */
  channelLogin: string;
  /** Message id (UUID), or one derived from the line where Twitch gave none. */
  id: string;
  /** Event time, epoch milliseconds. */
  atMs: number;
  /** The stamp as sent, where `atMs` had to be clamped; null otherwise. */
  clampedFromMs: number | null;
  userId: string;
  userLogin: string;
  userName: string;
  /** The text as a person reads it: without the wrapping of `/me`. */
  text: string;
  /** True for `/me` (CTCP ACTION). */
  isAction: boolean;
  /** Bits cheered, 0 for none. */
  bits: number;
  /** Occurrences of Twitch emotes in the text. */
  emotes: number;
  /** Where a shared chat copied this line from; null for a line written in this room. */
  mirroredFrom: { channelId: string; id: string } | null;
  /** Id of the message this one answers; null for none. */
  replyTo: string | null;
  /** Every other tag of the line, by its own name, unescaped; unknown ones included. */
  tags: Record<string, string>;
}

export const chatMessage = defineRecord<ChatMessage>(
  'chat.message',
  1,
  z.object({
    type: z.literal('chat.message'),
    version: z.literal(1),
    channelId: z.string().min(1),
    channelLogin: z.string(),
    id: z.string().min(1),
    atMs: z.int().nonnegative(),
    clampedFromMs: z.int().nullable(),
    ...LINE_READING,
    userId: z.string(),
    userLogin: z.string(),
    userName: z.string(),
    text: z.string(),
    isAction: z.boolean(),
    bits: z.int().nonnegative(),
    emotes: z.int().nonnegative(),
    mirroredFrom: z.object({ channelId: z.string(), id: z.string() }).nullable(),
    replyTo: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
  }),
);
