/**
 * Reads the usual line of chat from the bytes of a frame; `plain-record.ts` writes its record.
 *
 * Nine of ten lines are a PRIVMSG with every tag in its place and nothing in it that JSON escapes.
 * The general way makes some sixty strings and objects of each (the line, its tags, the record, its
 * JSON); here the bytes are looked at once, and ranges of them are copied between the names of the
 * record's fields. Whatever is unusual (another command, a tag that is missing, twice or malformed,
 * a shared chat, `/me`, a text with quotes or backslashes) is refused and goes the general way.
 *
 * Held by a property test: the record decodes to what `translate`, `normalise` and the codec make
 * of the same line.
 */
import { UUID_WORDS } from '../core/uuid-table.ts';
import { byteClass, codePointsIn, standsAt, uuidAt, wholeNumberAt } from './plain-bytes.ts';
import { PlainEmotes } from './plain-emotes.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const EXCLAMATION = 0x21;
const QUOTE = 0x22;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const AT = 0x40;
const BACKSLASH = 0x5c;
const UNDERSCORE = 0x5f;

/** Bytes that are the same in a line, unescaped, and in JSON; UTF-8 beyond ASCII is. */
const isPlain = (byte: number): boolean => byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH;
const isOfTag = (byte: number): boolean => isPlain(byte) && byte !== SPACE && byte !== SEMICOLON;
const OF_TEXT = byteClass(isPlain);
/** Values of tags may be escaped: those of replies quote a whole message. 2 for a backslash. */
const ESCAPE = 2;
const OF_VALUE = byteClass(isOfTag).fill(ESCAPE, BACKSLASH, BACKSLASH + 1);
const OF_NAME = byteClass((byte) => isOfTag(byte) && byte !== EQUALS);
const OF_LOGIN = byteClass((byte) => isPlain(byte) && byte !== SPACE && byte !== EXCLAMATION);

/** Parts of the line that the record has fields for, by their place in `bounds`. */
export const PLAIN_FIELDS = {
  id: 0,
  roomId: 1,
  stamp: 2,
  userId: 3,
  displayName: 4,
  bits: 5,
  replyTo: 6,
  emotes: 7,
  login: 8,
  channel: 9,
  text: 10,
} as const;
const FIELD_COUNT = Object.keys(PLAIN_FIELDS).length;
const { id: ID, roomId: ROOM_ID, stamp: STAMP, userId: USER_ID, bits: BITS } = PLAIN_FIELDS;
const { emotes: EMOTES, login: LOGIN, channel: CHANNEL, text: TEXT } = PLAIN_FIELDS;
const OTHER = -1;
/** Says that a shared chat copied the line here, or might have. */
const REFUSED = -2;

/** Known tags by the length of their name. */
const KNOWN_TAGS: (readonly { readonly name: Uint8Array; readonly field: number }[])[] = [];
for (const [name, field] of [
  ['id', ID],
  ['room-id', ROOM_ID],
  ['tmi-sent-ts', STAMP],
  ['user-id', USER_ID],
  ['display-name', PLAIN_FIELDS.displayName],
  ['bits', BITS],
  ['reply-parent-msg-id', PLAIN_FIELDS.replyTo],
  ['emotes', EMOTES],
  ['source-id', REFUSED],
  ['source-room-id', REFUSED],
] as const) {
  const known = { name: new TextEncoder().encode(name), field };
  KNOWN_TAGS[name.length] = [...(KNOWN_TAGS[name.length] ?? []), known];
}

/** Lines of chat carry about twenty. */
const TAGS_MAX = 64;
/** For each tag of the record's `tags`: start and end of its name, start and end of its value. */
export const TAG_BOUNDS = 4;
const PRIVMSG = new TextEncoder().encode('PRIVMSG #');

/** A view of one line, used again for the next. */
export class PlainChat {
  /** Event time, epoch milliseconds. */
  stampMs = 0;
  /** Twitch's room-id: a whole number without leading zeros. */
  channelNumber = 0;
  bits = 0;
  /** Occurrences of emotes. */
  emotes = 0;
  /** The message id, a UUID in lower case, as four words. */
  readonly idWords = new Int32Array(UUID_WORDS);
  /** What the line is part of, and how many of them it has. */
  bytes: Uint8Array = new Uint8Array(0);
  lineBytes = 0;
  /** Start and end of each of `PLAIN_FIELDS`; 0 for what is not there. */
  readonly bounds = new Int32Array(FIELD_COUNT * 2);
  readonly tags = new Int32Array(TAGS_MAX * TAG_BOUNDS);
  tagCount = 0;
  /** A backslash stands in the value of one of `tags`, or of several. */
  hasEscapes = false;
  /** The same of the value read last. */
  #isEscaped = false;
  readonly #emoteCounter = new PlainEmotes();

  /**
   * Reads the line from `start` to the line feed at `end`; false where it has to go the general
   * way. Everything read belongs to the line of the last `read` that returned true, and to `bytes`.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes[start] !== AT || bytes[end] !== NEWLINE) return false;
    this.bytes = bytes;
    this.lineBytes = end - start;
    this.bounds.fill(0);
    this.tagCount = 0;
    this.hasEscapes = false;
    const prefixAt = this.#readTags(start + 1);
    const channelAt = prefixAt === 0 ? 0 : this.#readPrefix(prefixAt);
    return channelAt !== 0 && this.#readMessage(channelAt, end) && this.#readValues();
  }

  /** Notes the bounds of every tag; the index of the prefix behind them, 0 for a refusal. */
  #readTags(start: number): number {
    const { bytes } = this;
    for (let at = start; ; at += 1) {
      const nameStart = at;
      while (OF_NAME[bytes[at] as number] === 1) at += 1;
      // An underscore might begin `__proto__`, which is no key of a record.
      if (bytes[at] !== EQUALS || at === nameStart || bytes[nameStart] === UNDERSCORE) return 0;
      const nameEnd = at;
      at = this.#endOfValue(nameEnd + 1);
      if (!this.#note(nameStart, nameEnd, at)) return 0;
      if (bytes[at] === SPACE) return at + 1;
      if (bytes[at] !== SEMICOLON) return 0;
    }
  }

  #endOfValue(start: number): number {
    const { bytes } = this;
    let at = start;
    this.#isEscaped = false;
    for (let kind = OF_VALUE[bytes[at] as number]; kind !== 0; at += 1) {
      if (kind === ESCAPE) this.#isEscaped = true;
      kind = OF_VALUE[bytes[at + 1] as number];
    }
    return at;
  }

  /** Keeps the bounds of one tag; false where it cannot be taken. */
  #note(nameStart: number, nameEnd: number, valueEnd: number): boolean {
    const field = this.#fieldOf(nameStart, nameEnd);
    if (field === REFUSED) return false;
    if (field !== OTHER) {
      if (this.bounds[field * 2] !== 0 || this.#isEscaped) return false;
      this.#place(field, nameEnd + 1, valueEnd);
      if (field !== EMOTES) return true;
    }
    if (this.tagCount === TAGS_MAX) return false;
    if (this.#isEscaped) this.hasEscapes = true;
    const i = this.tagCount * TAG_BOUNDS;
    this.tags[i] = nameStart;
    this.tags[i + 1] = nameEnd;
    this.tags[i + 2] = nameEnd + 1;
    this.tags[i + 3] = valueEnd;
    this.tagCount += 1;
    return true;
  }

  #fieldOf(start: number, end: number): number {
    const candidates = KNOWN_TAGS[end - start];
    if (candidates === undefined) return OTHER;
    for (const { name, field } of candidates) {
      if (standsAt(this.bytes, start, name)) return field;
    }
    return OTHER;
  }

  #place(field: number, start: number, end: number): void {
    this.bounds[field * 2] = start;
    this.bounds[field * 2 + 1] = end;
  }

  /** `:login!user@host PRIVMSG #`; the index behind it, 0 for a refusal. */
  #readPrefix(start: number): number {
    const { bytes } = this;
    if (bytes[start] !== COLON) return 0;
    let at = start + 1;
    while (OF_LOGIN[bytes[at] as number] === 1) at += 1;
    if (bytes[at] !== EXCLAMATION) return 0;
    this.#place(LOGIN, start + 1, at);
    while ((bytes[at] as number) > SPACE) at += 1;
    if (bytes[at] !== SPACE || !standsAt(bytes, at + 1, PRIVMSG)) return 0;
    return at + 1 + PRIVMSG.length;
  }

  /** `channel :text`, up to the end of the line. */
  #readMessage(start: number, end: number): boolean {
    const { bytes } = this;
    let at = start;
    while (OF_LOGIN[bytes[at] as number] === 1) at += 1;
    if (at === start || bytes[at] !== SPACE || bytes[at + 1] !== COLON) return false;
    this.#place(CHANNEL, start, at);
    const textStart = at + 2;
    const textEnd = bytes[end - 1] === RETURN ? end - 1 : end;
    for (at = textStart; OF_TEXT[bytes[at] as number] === 1;) at += 1;
    this.#place(TEXT, textStart, textEnd);
    return at === textEnd;
  }

  /** The values that are more than bytes. */
  #readValues(): boolean {
    const { bounds } = this;
    this.stampMs = this.#numberOf(STAMP);
    this.channelNumber = this.#numberOf(ROOM_ID);
    this.bits = bounds[BITS * 2] === 0 ? 0 : this.#numberOf(BITS);
    // Without the tag there is no user: rare, and the general way knows what to do.
    const isWhole = this.stampMs >= 0 && this.channelNumber > 0 && this.bits >= 0;
    return isWhole && bounds[USER_ID * 2] !== 0 && this.#readId() && this.#readEmotes();
  }

  #numberOf(field: number): number {
    const { bounds } = this;
    return wholeNumberAt(this.bytes, bounds[field * 2] as number, bounds[field * 2 + 1] as number);
  }

  #readId(): boolean {
    const { [ID * 2]: start = 0, [ID * 2 + 1]: end = 0 } = this.bounds;
    return uuidAt(this.bytes, { start, end }, this.idWords);
  }

  #readEmotes(): boolean {
    const { bytes, bounds } = this;
    const start = bounds[EMOTES * 2] as number;
    const end = bounds[EMOTES * 2 + 1] as number;
    this.emotes = 0;
    if (start === end) return true;
    const textStart = bounds[TEXT * 2] as number;
    const length = codePointsIn(bytes, textStart, bounds[TEXT * 2 + 1] as number);
    this.emotes = this.#emoteCounter.count(bytes, { start, end }, length);
    return this.emotes >= 0;
  }
}
