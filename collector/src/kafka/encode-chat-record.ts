/**
 * The Kafka value of a chat record, as bytes at once: strings cut out of a frame would keep the
 * whole frame alive for as long as the record waits, and the queue counts bytes.
 */
import { CHANNEL_EVENT_CODECS } from '@crest/shared/records/channel-event';
import type { ChatRecord } from '../core/normalise.ts';
import { chatMessageJson } from './chat-message-json.ts';

export function encodeChatRecord(record: ChatRecord): Buffer {
  if (record.type === 'chat.message') return Buffer.from(chatMessageJson(record), 'utf8');
  return Buffer.from(CHANNEL_EVENT_CODECS[record.type].encode(record as never), 'utf8');
}
