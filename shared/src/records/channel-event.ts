/** Everything that may stand in `channel.events`, and the one door to read it. */
import { chatDeletion, type ChatDeletion } from './chat-deletion.ts';
import { chatMessage, type ChatMessage } from './chat-message.ts';
import { chatNotice, type ChatNotice } from './chat-notice.ts';
import { counterWanted, type CounterWanted } from './counter-wanted.ts';
import { heartbeat, type Heartbeat } from './heartbeat.ts';
import { parseJson, type Parsed, type RecordCodec } from './record.ts';
import { recordsLost, type RecordsLost } from './records-lost.ts';
import { roomNotice, type RoomNotice } from './room-notice.ts';
import {
  roomObserved,
  roomUnobserved,
  type RoomObserved,
  type RoomUnobserved,
} from './room-observed.ts';
import { roomState, type RoomState } from './room-state.ts';
import { tick, type Tick } from './tick.ts';

export type ChannelEvent =
  | ChatMessage
  | ChatNotice
  | ChatDeletion
  | RoomState
  | RoomNotice
  | RoomObserved
  | RoomUnobserved
  | Tick
  | RecordsLost
  | CounterWanted
  | Heartbeat;

/** Codec by record type. A new kind of event is one file and one line here. */
export const CHANNEL_EVENT_CODECS: {
  readonly [T in ChannelEvent['type']]: RecordCodec<Extract<ChannelEvent, { type: T }>>;
} = {
  'chat.message': chatMessage,
  'chat.notice': chatNotice,
  'chat.deletion': chatDeletion,
  'room.state': roomState,
  'room.notice': roomNotice,
  'room.observed': roomObserved,
  'room.unobserved': roomUnobserved,
  tick,
  'records.lost': recordsLost,
  'counter.wanted': counterWanted,
  heartbeat,
};

/** Reads one value of `channel.events`; a reason for the dead letters where it cannot. */
export function decodeChannelEvent(value: Uint8Array | string | null): Parsed<ChannelEvent> {
  const json = parseJson(value);
  if (!json.ok) return json;
  const type = (json.value as { type?: unknown } | null)?.type;
  const codec =
    typeof type === 'string' && Object.hasOwn(CHANNEL_EVENT_CODECS, type)
      ? CHANNEL_EVENT_CODECS[type as ChannelEvent['type']]
      : undefined;
  if (codec === undefined) return { ok: false, reason: `type ${String(type)} is unknown` };
  return codec.decode(json.value);
}
