/**
 * Reads the JSON of a `chat.message` as our own writers print it: fields in their order, no space,
 * nothing escaped. Nine of ten records are such, and reading them was the largest single cost of the
 * processor; finding the quotes costs a quarter of `JSON.parse` and a check of its result. Tags,
 * half of the text, are read only when somebody asks for them.
 *
 * Whatever looks otherwise is refused and goes through the codec, which decides and words the
 * reason. A property test holds both to the same message.
 */
import type { ChatMessage } from './chat-message.ts';

const HEAD = '{"type":"chat.message","version":1,"channelId":"';
const ZERO = 0x30;
const DIGITS_MAX = 15;

/** The message of a text; null where the codec has to read it. Its strings are views of the text. */
export function readChatMessage(text: string): ChatMessage | null {
  if (!text.startsWith(HEAD) || text.includes('\\') || !text.endsWith('}}')) return null;
  const message = new TextMessage(new Scan(text, HEAD.length));
  return message.isWhole ? message : null;
}

class TextMessage implements ChatMessage {
  readonly type = 'chat.message';
  readonly version = 1;
  readonly channelId: string;
  readonly channelLogin: string;
  readonly id: string;
  readonly atMs: number;
  readonly clampedFromMs = null;
  readonly userId: string;
  readonly userLogin: string;
  readonly userName: string;
  readonly text: string;
  readonly isAction: boolean;
  readonly bits: number;
  readonly emotes: number;
  readonly mirroredFrom = null;
  readonly replyTo: string | null;
  readonly #scan: Scan;

  constructor(scan: Scan) {
    this.channelId = scan.string();
    this.channelLogin = scan.behind('","channelLogin":"').string();
    this.id = scan.behind('","id":"').string();
    this.atMs = scan.behind('","atMs":').wholeNumber();
    this.userId = scan.behind(',"clampedFromMs":null,"userId":"').string();
    this.userLogin = scan.behind('","userLogin":"').string();
    this.userName = scan.behind('","userName":"').string();
    this.text = scan.behind('","text":"').string();
    this.isAction = scan.behind('","isAction":').flag();
    this.bits = scan.behind(',"bits":').wholeNumber();
    this.emotes = scan.behind(',"emotes":').wholeNumber();
    this.replyTo = scan.behind(',"mirroredFrom":null,"replyTo":').stringOrNull();
    this.#scan = scan.behind(',"tags":{');
  }

  get isWhole(): boolean {
    return !this.#scan.isLost && this.channelId !== '' && this.id !== '';
  }

  /** Empty where they are not what tags are; the codec would have refused the record. */
  get tags(): Record<string, string> {
    try {
      return JSON.parse(this.#scan.objectToEnd()) as Record<string, string>;
    } catch {
      return {};
    }
  }
}

/** Goes through a text; once something is not as expected it is lost, and gives anything. */
class Scan {
  readonly #text: string;
  #at: number;
  isLost = false;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  /** Steps over what is expected here. */
  behind(expected: string): this {
    if (!this.#text.startsWith(expected, this.#at)) this.isLost = true;
    this.#at += expected.length;
    return this;
  }

  /** Up to before the next quote. */
  string(): string {
    const end = this.#text.indexOf('"', this.#at);
    if (end === -1) this.isLost = true;
    const value = this.#text.slice(this.#at, end);
    this.#at = end;
    return value;
  }

  stringOrNull(): string | null {
    const text = this.#text;
    if (text.startsWith('null', this.#at)) {
      this.#at += 4;
      return null;
    }
    const value = this.behind('"').string();
    this.#at += 1;
    return value;
  }

  flag(): boolean {
    const value = this.#text.startsWith('true', this.#at);
    this.behind(value ? 'true' : 'false');
    return value;
  }

  /** As JSON prints one that is not negative. */
  wholeNumber(): number {
    const start = this.#at;
    let value = 0;
    let digit = this.#text.charCodeAt(start) - ZERO;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      this.#at += 1;
      digit = this.#text.charCodeAt(this.#at) - ZERO;
    }
    const length = this.#at - start;
    const hasLeadingZero = length > 1 && this.#text.charCodeAt(start) === ZERO;
    if (length === 0 || length > DIGITS_MAX || hasLeadingZero) this.isLost = true;
    return value;
  }

  /** The object that began before this place and ends before the last brace. */
  objectToEnd(): string {
    return this.#text.slice(this.#at - 1, -1);
  }
}
