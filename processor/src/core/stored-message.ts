/**
 * A chat line as the store keeps it: the one form from which windows are counted, while it comes
 * in and when they are recounted later.
 */
import type { ChatMessage } from '@crest/shared/records/chat-message';
import { SUBSCRIPTION_NOTICES, type ChatNotice } from '@crest/shared/records/chat-notice';

export interface StoredMessage {
  /** `messageKey`: serves de-duplication and the query by channel and time at once. */
  readonly _id: string;
  readonly channelId: string;
  readonly channelLogin: string;
  /** Event time, epoch milliseconds. */
  readonly atMs: number;
  readonly messageId: string;
  readonly kind: 'message' | 'notice';
  /** Twitch's word for the notice; null for a message. */
  readonly notice: string | null;
  readonly userId: string;
  readonly userLogin: string;
  readonly userName: string;
  readonly text: string;
  readonly isAction: boolean;
  readonly emotes: number;
  readonly bits: number;
  /** Where a shared chat copied it from; null for a line written in this room. */
  readonly mirroredFrom: { channelId: string; id: string } | null;
  readonly replyTo: string | null;
  /** Where its record stands in `channel.events`. */
  readonly partition: number;
  readonly offset: number;
}

const STAMP_DIGITS = 13;

/** The key of a message: channel, stamp, id, so that a span of a channel is a range of keys. */
export function messageKey(channelId: string, atMs: number, messageId: string): string {
  return `${timeKey(channelId, atMs)}:${messageId}`;
}

/** The least key that a message of the channel can have at or after `atMs`. */
export function timeKey(channelId: string, atMs: number): string {
  return `${channelId}:${String(atMs).padStart(STAMP_DIGITS, '0')}`;
}

/** The stored form of a record at its place. */
export function storedMessageOf(
  record: ChatMessage | ChatNotice,
  place: { partition: number; offset: number },
): StoredMessage {
  const isMessage = record.type === 'chat.message';
  return {
    _id: messageKey(record.channelId, record.atMs, record.id),
    channelId: record.channelId,
    channelLogin: record.channelLogin,
    atMs: record.atMs,
    messageId: record.id,
    kind: isMessage ? 'message' : 'notice',
    notice: isMessage ? null : record.notice,
    userId: record.userId,
    userLogin: record.userLogin,
    userName: record.userName,
    text: record.text,
    isAction: isMessage && record.isAction,
    emotes: isMessage ? record.emotes : 0,
    bits: isMessage ? record.bits : 0,
    mirroredFrom: record.mirroredFrom,
    replyTo: isMessage ? record.replyTo : null,
    partition: place.partition,
    offset: place.offset,
  };
}

/** What a line counts as. Other notices count as nothing, nor do mirrored ones. */
export function countedAs(message: StoredMessage): 'message' | 'mirrored' | 'sub' | 'nothing' {
  if (message.kind === 'message') return message.mirroredFrom === null ? 'message' : 'mirrored';
  const isSub = message.mirroredFrom === null && SUBSCRIPTION_NOTICES.has(message.notice ?? '');
  return isSub ? 'sub' : 'nothing';
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
