/** Records as a collector would write them, in few words. */
import type { ChatMessage } from '@crest/shared/records/chat-message';
import type { ChatNotice } from '@crest/shared/records/chat-notice';
import type { RoomObserved, RoomUnobserved } from '@crest/shared/records/room-observed';
import type { Tick } from '@crest/shared/records/tick';

export const READER_SET = 'a';

/** A line of chat by a user, at a time, in a channel. */
export function message(
  facts: Pick<ChatMessage, 'channelId' | 'id' | 'atMs'> & Partial<ChatMessage>,
): ChatMessage {
  const userId = facts.userId ?? '1';
  return {
    type: 'chat.message',
    version: 1,
    channelLogin: `login${facts.channelId}`,
    clampedFromMs: null,
    userId,
    userLogin: `user${userId}`,
    userName: `User${userId}`,
    text: 'hello',
    isAction: false,
    bits: 0,
    emotes: 0,
    mirroredFrom: null,
    replyTo: null,
    tags: {},
    ...facts,
  };
}

/** A notice, a sub unless said otherwise. */
export function notice(
  facts: Pick<ChatNotice, 'channelId' | 'id' | 'atMs'> & Partial<ChatNotice>,
): ChatNotice {
  return {
    type: 'chat.notice',
    version: 1,
    channelLogin: `login${facts.channelId}`,
    clampedFromMs: null,
    notice: 'sub',
    userId: '1',
    userLogin: 'user1',
    userName: 'User1',
    text: '',
    systemText: '',
    params: {},
    mirroredFrom: null,
    tags: {},
    ...facts,
  };
}

export function tick(atMs: number, partition = 0, generation = 1): Tick {
  return { type: 'tick', version: 1, partition, readerSet: READER_SET, generation, atMs };
}

export function observed(channelId: string, atMs: number, generation = 1): RoomObserved {
  return {
    type: 'room.observed',
    version: 1,
    channelId,
    channelLogin: `login${channelId}`,
    readerSet: READER_SET,
    generation,
    atMs,
  };
}

export function unobserved(
  channelId: string,
  atMs: number,
  facts: Partial<RoomUnobserved> = {},
): RoomUnobserved {
  return {
    type: 'room.unobserved',
    version: 1,
    channelId,
    channelLogin: `login${channelId}`,
    readerSet: READER_SET,
    generation: 1,
    atMs,
    sinceMs: atMs,
    reason: 'connection_lost',
    ...facts,
  };
}
