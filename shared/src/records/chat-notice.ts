/**
 * A notice in a room (IRC USERNOTICE): a sub, a gift, a raid, an announcement, and whatever
 * Twitch invents next. Unknown notices are kept as they are.
 */
import { z } from 'zod';
import { LINE_READING, type LineReading } from './line-reading.ts';
import { defineRecord } from './record.ts';

export interface ChatNotice extends LineReading {
  type: 'chat.notice';
  version: 1;
  channelId: string;
  channelLogin: string;
  id: string;
  /** Event time, epoch milliseconds. */
  atMs: number;
  /** The stamp as sent, where `atMs` had to be clamped; null otherwise. */
  clampedFromMs: number | null;
  /** What happened, in Twitch's word (`msg-id`; for a shared chat copy the real one). */
  notice: string;
  userId: string;
  userLogin: string;
  userName: string;
  /** What the user wrote with it; empty for none. */
  text: string;
  /** Twitch's own sentence about it, for people. */
  systemText: string;
  /** The `msg-param-*` tags, without that prefix. */
  params: Record<string, string>;
  mirroredFrom: { channelId: string; id: string } | null;
  /** Every other tag of the line, by its own name, unescaped. */
  tags: Record<string, string>;
}

export const chatNotice = defineRecord<ChatNotice>(
  'chat.notice',
  1,
  z.object({
    type: z.literal('chat.notice'),
    version: z.literal(1),
    channelId: z.string().min(1),
    channelLogin: z.string(),
    id: z.string().min(1),
    atMs: z.int().nonnegative(),
    clampedFromMs: z.int().nullable(),
    ...LINE_READING,
    notice: z.string(),
    userId: z.string(),
    userLogin: z.string(),
    userName: z.string(),
    text: z.string(),
    systemText: z.string(),
    params: z.record(z.string(), z.string()),
    mirroredFrom: z.object({ channelId: z.string(), id: z.string() }).nullable(),
    tags: z.record(z.string(), z.string()),
  }),
);

/**
 * Notices that each stand for one subscription. `submysterygift` is not among them: it only
 * announces the `subgift` lines that follow it (docs/reference/semantics.md, Windows).
 */
export const SUBSCRIPTION_NOTICES: ReadonlySet<string> = new Set([
  'sub',
  'resub',
  'subgift',
  'anonsubgift',
  'giftpaidupgrade',
  'anongiftpaidupgrade',
  'primepaidupgrade',
]);
