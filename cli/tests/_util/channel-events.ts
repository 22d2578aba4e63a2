/** Values of `channel.events` for tests. */
import { chatMessage } from '@crest/shared/records/chat-message';
import { counterWanted } from '@crest/shared/records/counter-wanted';
import { roomObserved, roomUnobserved } from '@crest/shared/records/room-observed';
import { tick as tickRecord } from '@crest/shared/records/tick';
import type { LedgerLine } from '@crest/simulator/ledger/ledger-line';

/** A message as the collector writes it. */
export function channelEvent(line: LedgerLine, clampedFromMs: number | null = null): string {
  return chatMessage.encode({
    type: 'chat.message',
    version: 1,
    channelId: line.room,
    channelLogin: 'login',
    id: line.id,
    atMs: line.atMs,
    clampedFromMs,
    userId: line.userId,
    userLogin: line.userId,
    userName: line.userId,
    text: line.text,
    isAction: false,
    bits: line.bits,
    emotes: line.emotes,
    mirroredFrom: null,
    replyTo: null,
    tags: {},
  });
}

export function observed(room: { id: string; login: string }, atMs: number): string {
  return roomObserved.encode({
    type: 'room.observed',
    version: 1,
    channelId: room.id,
    channelLogin: room.login,
    readerSet: 'a',
    generation: 1,
    atMs,
  });
}

/** Its reader lost the room, which it had read up to here. */
export function unobserved(room: { id: string; login: string }, sinceMs: number): string {
  return roomUnobserved.encode({
    type: 'room.unobserved',
    version: 1,
    channelId: room.id,
    channelLogin: room.login,
    readerSet: 'a',
    generation: 1,
    atMs: sinceMs,
    sinceMs,
    reason: 'connection_lost',
  });
}

export function tick(partition: number, atMs: number): string {
  return tickRecord.encode({
    type: 'tick',
    version: 1,
    partition,
    readerSet: 'a',
    generation: 1,
    atMs,
  });
}

export function counterStart(counterId: string): string {
  return counterWanted.encode({
    type: 'counter.wanted',
    version: 1,
    counterId,
    phrase: 'so close',
    action: 'start',
  });
}
