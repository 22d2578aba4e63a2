/**
 * Reads records of `channel.events`, lines of chat on a fast path of their own.
 *
 * Nine of ten records are lines of chat, and the general reader (schema, copy) costs several times
 * what folding one does. Those that are printed as our collector prints them are not even parsed
 * (`chat-message-text.ts`); of others the fields are looked at one by one and the parsed JSON is taken
 * as it is. What does not look right goes to the general reader, which decides and words the reason.
 */
import { decodeChannelEvent, type ChannelEvent } from '@crest/shared/records/channel-event';
import type { ChatMessage } from '@crest/shared/records/chat-message';
import { readChatMessage } from '@crest/shared/records/chat-message-text';
import { parseJson, type Parsed } from '@crest/shared/records/record';

/** The same answers as `decodeChannelEvent`. */
export function decodeEvent(value: Buffer | null): Parsed<ChannelEvent> {
  if (value === null) return decodeChannelEvent(value);
  const text = value.toString('utf8');
  const message = readChatMessage(text);
  if (message !== null) return { ok: true, value: message };
  const json = parseJson(text);
  if (json.ok && isChatMessage(json.value)) return { ok: true, value: json.value };
  return decodeChannelEvent(value);
}

type Fields<T> = { readonly [K in keyof T]?: unknown };

function isChatMessage(json: unknown): json is ChatMessage {
  if (typeof json !== 'object' || json === null) return false;
  const line = json as Fields<ChatMessage>;
  return (
    line.type === 'chat.message' &&
    line.version === 1 &&
    hasIdentity(line) &&
    // Read early or late: seldom, and said in fields of its own.
    line.readAtMs === undefined &&
    line.readBy === undefined &&
    hasAuthor(line) &&
    hasText(line) &&
    hasRelations(line)
  );
}

function hasIdentity({ channelId, channelLogin, id, atMs, clampedFromMs }: Fields<ChatMessage>) {
  return (
    isFilled(channelId) &&
    typeof channelLogin === 'string' &&
    isFilled(id) &&
    isCount(atMs) &&
    (clampedFromMs === null || Number.isSafeInteger(clampedFromMs))
  );
}

function hasAuthor({ userId, userLogin, userName }: Fields<ChatMessage>): boolean {
  return (
    typeof userId === 'string' && typeof userLogin === 'string' && typeof userName === 'string'
  );
}

function hasText({ text, isAction, bits, emotes }: Fields<ChatMessage>): boolean {
  return (
    typeof text === 'string' && typeof isAction === 'boolean' && isCount(bits) && isCount(emotes)
  );
}

// Tags are not looked into: nothing here reads them.
function hasRelations({ mirroredFrom, replyTo, tags }: Fields<ChatMessage>): boolean {
  return (
    mirroredFrom === null &&
    (replyTo === null || typeof replyTo === 'string') &&
    typeof tags === 'object' &&
    tags !== null &&
    !Array.isArray(tags)
  );
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
