/**
 * A chat line as the store keeps it: the one form from which windows are counted, while it comes
 * in and when they are recounted later.
 *
 * What is usual is left out, because there is so much of it: no notice, no action, no emotes, no
 * bits, not mirrored, no reply.
 */
import type { ChatMessage } from '@crest/shared/records/chat-message';
import { SUBSCRIPTION_NOTICES, type ChatNotice } from '@crest/shared/records/chat-notice';

export interface StoredMessage {
  /** Twitch's id of the message; with the channel its identity. */
  readonly id: string;
  /** Event time, epoch milliseconds. */
  readonly atMs: number;
  /** Where its record stands in the partition of `channel.events`. */
  readonly offset: number;
  readonly userId: string;
  readonly userLogin: string;
  readonly userName: string;
  readonly text: string;
  /** Twitch's word for a notice; absent for a message. */
  readonly notice?: string;
  /** For `/me`. */
  readonly isAction?: true;
  /** Absent for none. */
  readonly emotes?: number;
  /** Absent for none. */
  readonly bits?: number;
  /** Where a shared chat copied it from; absent for a line written in this room. */
  readonly mirroredFrom?: { readonly channelId: string; readonly id: string };
  /** Id of the message that it answers. */
  readonly replyTo?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The stored form of the record at `offset`. */
export function storedMessageOf(record: ChatMessage | ChatNotice, offset: number): StoredMessage {
  const line: Mutable<StoredMessage> = {
    id: record.id,
    atMs: record.atMs,
    offset,
    userId: record.userId,
    userLogin: record.userLogin,
    userName: record.userName,
    text: record.text,
  };
  if (record.mirroredFrom !== null) line.mirroredFrom = record.mirroredFrom;
  if (record.type === 'chat.notice') line.notice = record.notice;
  else addOfMessage(line, record);
  return line;
}

function addOfMessage(line: Mutable<StoredMessage>, record: ChatMessage): void {
  if (record.isAction) line.isAction = true;
  if (record.emotes > 0) line.emotes = record.emotes;
  if (record.bits > 0) line.bits = record.bits;
  if (record.replyTo !== null) line.replyTo = record.replyTo;
}

/** What a line counts as. Other notices count as nothing, nor do mirrored ones. */
export function countedAs(message: StoredMessage): 'message' | 'mirrored' | 'sub' | 'nothing' {
  const { notice, mirroredFrom } = message;
  if (notice === undefined) return mirroredFrom === undefined ? 'message' : 'mirrored';
  return mirroredFrom === undefined && SUBSCRIPTION_NOTICES.has(notice) ? 'sub' : 'nothing';
}

/** Unicode code points of a text. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i += 1) {
    if ((text.charCodeAt(i) & 0xfc00) !== 0xd800) continue;
    if ((text.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) continue;
    count -= 1;
    i += 1;
  }
  return count;
}
