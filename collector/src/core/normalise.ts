/**
 * Makes the record of a line of chat, or says why there is none. The table at the end is the place
 * to add a kind of event (with its record in shared and its translation in `twitch/*.wire.ts`).
 */
import type { ChatDeletion } from '@crest/shared/records/chat-deletion';
import type { ChatMessage } from '@crest/shared/records/chat-message';
import type { ChatNotice } from '@crest/shared/records/chat-notice';
import type { LineReading } from '@crest/shared/records/line-reading';
import type { RoomNotice } from '@crest/shared/records/room-notice';
import type { RoomState } from '@crest/shared/records/room-state';
import { countEmotes } from './emote-count.ts';
import type {
  ChatLine,
  DeletionLine,
  MessageLine,
  NoticeLine,
  RoomNoticeLine,
  RoomStateLine,
} from './twitch-line.ts';

export type ChatRecord = ChatMessage | ChatNotice | ChatDeletion | RoomState | RoomNotice;

/** What a line does not say itself. */
export interface LineContext {
  /** Event clock, epoch milliseconds: the time of lines without a stamp. */
  readonly nowMs: number;
  /** How far ahead of the event clock a stamp may lie, milliseconds of event time. */
  readonly clampMs: number;
  /** Id of a room by its login, as its ROOMSTATE said; undefined where it did not yet. */
  channelIdOf(login: string): string | undefined;
  /** Who reads a room, where lines are to say so. */
  readerOf?(channelId: string): LineReading['readBy'];
}

export type Normalised = { ok: true; record: ChatRecord } | { ok: false; reason: string };

/** The record of a line. Pure; never throws. */
export function normalise(line: ChatLine, context: LineContext): Normalised {
  const channelId = line.channelId === '' ? context.channelIdOf(line.channelLogin) : line.channelId;
  if (line.channelLogin === '') return { ok: false, reason: `${line.kind} names no channel` };
  if (channelId === undefined) return { ok: false, reason: `${line.kind}: room id is unknown` };
  if ('stampMs' in line && isUnreadable(line.stampMs)) {
    return { ok: false, reason: `${line.kind}: stamp is not a time` };
  }
  return { ok: true, record: RECORD_OF[line.kind](line as never, channelId, context) };
}

/** True where a stamp is there and is no time that a record could carry. */
function isUnreadable(stampMs: number | null): boolean {
  return stampMs !== null && !(Number.isSafeInteger(stampMs) && stampMs >= 0);
}

interface EventTime {
  readonly atMs: number;
  readonly clampedFromMs: number | null;
}

/**
 * A stamp too far ahead says nothing about when the line was written: the event clock does. Taking
 * it at its word would make every other line of the partition late.
 */
function timeOf(stampMs: number | null, { nowMs, clampMs }: LineContext): EventTime {
  if (stampMs === null) return { atMs: nowMs, clampedFromMs: null };
  if (stampMs > nowMs + clampMs) return { atMs: nowMs, clampedFromMs: stampMs };
  return { atMs: stampMs, clampedFromMs: null };
}

/**
 * What a line may vouch for beside its stamp. A stamp ahead of the clock is taken as it is, since the
 * clocks of two machines differ; yet nothing was read of the time after it was read.
 */
function readingOf(atMs: number, channelId: string, context: LineContext): LineReading {
  const { nowMs } = context;
  const readBy = context.readerOf?.(channelId);
  return {
    ...(atMs > nowMs ? { readAtMs: nowMs } : {}),
    ...(readBy === undefined ? {} : { readBy }),
  };
}

/** Identity of a line that has no id (semantics.md, The log of a channel): the same line, the same id. */
function derivedId(word: string, channelId: string, target: string, stamp: number): string {
  return `${word}:${channelId}:${target}:${stamp}`;
}

function mirroredFrom(
  line: MessageLine | NoticeLine,
  channelId: string,
): ChatMessage['mirroredFrom'] {
  if (line.sourceChannelId === '' || line.sourceChannelId === channelId) return null;
  return { channelId: line.sourceChannelId, id: line.sourceId };
}

function messageRecord(line: MessageLine, channelId: string, context: LineContext): ChatMessage {
  const { atMs, clampedFromMs } = timeOf(line.stampMs, context);
  return {
    type: 'chat.message',
    version: 1,
    channelId,
    channelLogin: line.channelLogin,
    id:
      line.id === '' ? derivedId('message', channelId, line.userId, line.stampMs ?? atMs) : line.id,
    atMs,
    clampedFromMs,
    ...readingOf(atMs, channelId, context),
    userId: line.userId,
    userLogin: line.userLogin,
    userName: line.userName,
    text: line.text,
    isAction: line.isAction,
    bits: line.bits,
    emotes: countEmotes(line.emoteRanges, line.text),
    mirroredFrom: mirroredFrom(line, channelId),
    replyTo: line.replyTo === '' ? null : line.replyTo,
    tags: line.tags,
  };
}

function noticeRecord(line: NoticeLine, channelId: string, context: LineContext): ChatNotice {
  const { atMs, clampedFromMs } = timeOf(line.stampMs, context);
  const target = `${line.notice}/${line.userId}`;
  return {
    type: 'chat.notice',
    version: 1,
    channelId,
    channelLogin: line.channelLogin,
    id: line.id === '' ? derivedId('notice', channelId, target, line.stampMs ?? atMs) : line.id,
    atMs,
    clampedFromMs,
    ...readingOf(atMs, channelId, context),
    notice: line.notice,
    userId: line.userId,
    userLogin: line.userLogin,
    userName: line.userName,
    text: line.text,
    systemText: line.systemText,
    params: line.params,
    mirroredFrom: mirroredFrom(line, channelId),
    tags: line.tags,
  };
}

function deletionRecord(line: DeletionLine, channelId: string, context: LineContext): ChatDeletion {
  const { atMs } = timeOf(line.stampMs, context);
  const { scope, targetMessageId, targetUserId, targetUserLogin, timeoutSeconds } = line;
  const target = targetMessageId ?? targetUserId ?? targetUserLogin ?? '';
  return {
    type: 'chat.deletion',
    version: 1,
    channelId,
    channelLogin: line.channelLogin,
    id: derivedId(`deletion.${scope}`, channelId, target, line.stampMs ?? atMs),
    atMs,
    scope,
    targetMessageId,
    targetUserId,
    targetUserLogin,
    timeoutSeconds,
  };
}

function stateRecord(line: RoomStateLine, channelId: string, context: LineContext): RoomState {
  return {
    type: 'room.state',
    version: 1,
    channelId,
    channelLogin: line.channelLogin,
    atMs: context.nowMs,
    settings: line.settings,
  };
}

function roomNoticeRecord(
  line: RoomNoticeLine,
  channelId: string,
  context: LineContext,
): RoomNotice {
  return {
    type: 'room.notice',
    version: 1,
    channelId,
    channelLogin: line.channelLogin,
    atMs: context.nowMs,
    notice: line.notice,
    systemText: line.systemText,
  };
}

const RECORD_OF: {
  readonly [K in ChatLine['kind']]: (
    line: Extract<ChatLine, { kind: K }>,
    channelId: string,
    context: LineContext,
  ) => ChatRecord;
} = {
  message: messageRecord,
  notice: noticeRecord,
  deletion: deletionRecord,
  roomState: stateRecord,
  roomNotice: roomNoticeRecord,
};
