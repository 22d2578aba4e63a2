/**
 * Writes the record of a plain line of chat (`plain-chat.wire.ts`): the JSON that `chatMessage`
 * encodes, put together from the bytes of the line and what always stands between them.
 */
import { ByteWriter } from './plain-bytes.ts';
import { PLAIN_FIELDS, type PlainChat, TAG_BOUNDS } from './plain-chat.wire.ts';

const utf8 = new TextEncoder();

const BEFORE_ROOM_ID = utf8.encode('{"type":"chat.message","version":1,"channelId":"');
const BEFORE_CHANNEL = utf8.encode('","channelLogin":"');
const BEFORE_ID = utf8.encode('","id":"');
const BEFORE_STAMP = utf8.encode('","atMs":');
const BEFORE_USER_ID = utf8.encode(',"clampedFromMs":null,"userId":"');
const BEFORE_LOGIN = utf8.encode('","userLogin":"');
const BEFORE_NAME = utf8.encode('","userName":"');
const BEFORE_TEXT = utf8.encode('","text":"');
const BEFORE_BITS = utf8.encode('","isAction":false,"bits":');
const BEFORE_EMOTES = utf8.encode(',"emotes":');
const BEFORE_REPLY = utf8.encode(',"mirroredFrom":null,"replyTo":"');
const AFTER_REPLY = utf8.encode('","tags":{');
const NO_REPLY = utf8.encode(',"mirroredFrom":null,"replyTo":null,"tags":{');
const FIRST_TAG = utf8.encode('"');
const NEXT_TAG = utf8.encode('","');
const BEFORE_VALUE = utf8.encode('":"');
const AFTER_TAGS = utf8.encode('"}}');
const AFTER_NO_TAGS = utf8.encode('}}');

const BACKSLASH = 0x5c;
/** What stands behind a backslash in a tag, and what stands for it in JSON. */
const MEANING: ReadonlyMap<number, Uint8Array> = new Map(
  Object.entries({ ':': ';', s: ' ', r: '\\r', n: '\\n', '\\': '\\\\' }).map(([escaped, json]) => [
    escaped.charCodeAt(0),
    utf8.encode(json),
  ]),
);

/** All of the above, and numbers that are longer than their tag. */
const NAMES_BYTES = 400;
/** The login may stand for the name, and so be there twice. */
const TWICE = 2;
/** Around each tag. */
const MARKS_BYTES = 6;

/** More bytes than the record of the line has. */
export function plainRecordBytesMax({ lineBytes, tagCount }: PlainChat): number {
  return lineBytes * TWICE + tagCount * MARKS_BYTES + NAMES_BYTES;
}

/** Writes records of plain lines; used again for each. */
export class PlainRecordWriter {
  readonly #writer = new ByteWriter();

  /** Writes the record of a line into `into` from `start` on; where it ends. */
  write(line: PlainChat, into: Uint8Array, start: number): number {
    const writer = this.#writer;
    writer.into = into;
    writer.end = start;
    this.#writeIdentity(line);
    this.#writeAuthor(line);
    writer.put(BEFORE_TEXT);
    this.#writeField(line, PLAIN_FIELDS.text);
    writer.put(BEFORE_BITS);
    writer.number(line.bits);
    writer.put(BEFORE_EMOTES);
    writer.number(line.emotes);
    this.#writeReply(line);
    this.#writeTags(line);
    return writer.end;
  }

  #writeIdentity(line: PlainChat): void {
    const writer = this.#writer;
    writer.put(BEFORE_ROOM_ID);
    this.#writeField(line, PLAIN_FIELDS.roomId);
    writer.put(BEFORE_CHANNEL);
    this.#writeField(line, PLAIN_FIELDS.channel);
    writer.put(BEFORE_ID);
    this.#writeField(line, PLAIN_FIELDS.id);
    writer.put(BEFORE_STAMP);
    this.#writeField(line, PLAIN_FIELDS.stamp);
  }

  #writeAuthor(line: PlainChat): void {
    const writer = this.#writer;
    writer.put(BEFORE_USER_ID);
    this.#writeField(line, PLAIN_FIELDS.userId);
    writer.put(BEFORE_LOGIN);
    this.#writeField(line, PLAIN_FIELDS.login);
    writer.put(BEFORE_NAME);
    // Twitch leaves the name empty where it is the login.
    const hasName = this.#writeField(line, PLAIN_FIELDS.displayName);
    if (!hasName) this.#writeField(line, PLAIN_FIELDS.login);
  }

  #writeReply(line: PlainChat): void {
    const { bounds } = line;
    const writer = this.#writer;
    const replyTo = PLAIN_FIELDS.replyTo * 2;
    if (bounds[replyTo] === bounds[replyTo + 1]) return writer.put(NO_REPLY);
    writer.put(BEFORE_REPLY);
    this.#writeField(line, PLAIN_FIELDS.replyTo);
    writer.put(AFTER_REPLY);
  }

  #writeTags({ bytes, tags, tagCount, hasEscapes }: PlainChat): void {
    const writer = this.#writer;
    for (let i = 0; i < tagCount * TAG_BOUNDS; i += TAG_BOUNDS) {
      writer.put(i === 0 ? FIRST_TAG : NEXT_TAG);
      writer.copy(bytes, tags[i] as number, tags[i + 1] as number);
      writer.put(BEFORE_VALUE);
      const start = tags[i + 2] as number;
      const end = tags[i + 3] as number;
      if (hasEscapes) this.#writeUnescaped(bytes, start, end);
      else writer.copy(bytes, start, end);
    }
    writer.put(tagCount === 0 ? AFTER_NO_TAGS : AFTER_TAGS);
  }

  /** A value as meant (`tag-escape.ts`), escaped as JSON does it: for half of them that is the same. */
  #writeUnescaped(bytes: Uint8Array, start: number, end: number): void {
    const writer = this.#writer;
    let from = start;
    for (let at = start; at < end; at += 1) {
      if (bytes[at] !== BACKSLASH) continue;
      writer.copy(bytes, from, at);
      at += 1;
      // A lone backslash at the end falls away, as does one before a character that has no meaning.
      if (at < end) writer.put(MEANING.get(bytes[at] as number) ?? bytes.subarray(at, at + 1));
      from = at + 1;
    }
    if (from < end) writer.copy(bytes, from, end);
  }

  /** Whether there was anything to write. */
  #writeField({ bytes, bounds }: PlainChat, field: number): boolean {
    const start = bounds[field * 2] as number;
    const end = bounds[field * 2 + 1] as number;
    this.#writer.copy(bytes, start, end);
    return end > start;
  }
}
