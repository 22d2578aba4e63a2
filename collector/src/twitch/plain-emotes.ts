/** Counts emotes as `core/emote-count.ts` does, from the bytes of an `emotes` tag. */

const COMMA = 0x2c;
const DASH = 0x2d;
const SLASH = 0x2f;
const ZERO = 0x30;
const COLON = 0x3a;
/** No text has positions of more digits. */
const DIGITS_MAX = 6;

/** Reads `start-end,start-end/id:...`; used again for the next line. */
export class PlainEmotes {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #number = 0;

  /**
   * Occurrences that begin within a text of so many code points; -1 for a tag of another form than
   * `id:start-end,start-end/id:start-end`.
   */
  count(
    bytes: Uint8Array,
    { start, end }: { start: number; end: number },
    textLength: number,
  ): number {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    let count = 0;
    do {
      const more = this.#skipId() ? this.#countRanges(textLength) : -1;
      if (more < 0) return -1;
      count += more;
    } while (this.#skip(SLASH));
    return this.#at === end ? count : -1;
  }

  /** The ranges of one emote. */
  #countRanges(textLength: number): number {
    let count = 0;
    do {
      if (!this.#readNumber(DASH)) return -1;
      const from = this.#number;
      if (!this.#readNumber(0)) return -1;
      if (from <= this.#number && from < textLength) count += 1;
    } while (this.#skip(COMMA));
    return count;
  }

  #skipId(): boolean {
    while (this.#at < this.#end && this.#bytes[this.#at] !== COLON) {
      if (this.#bytes[this.#at] === SLASH) return false;
      this.#at += 1;
    }
    return this.#skip(COLON);
  }

  #skip(byte: number): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  /** Digits, and `behind` after them where it is not 0. */
  #readNumber(behind: number): boolean {
    const start = this.#at;
    this.#number = 0;
    while (this.#at < this.#end && isDigit(this.#bytes[this.#at] as number)) {
      this.#number = this.#number * 10 + (this.#bytes[this.#at] as number) - ZERO;
      this.#at += 1;
    }
    const digits = this.#at - start;
    return digits > 0 && digits <= DIGITS_MAX && (behind === 0 || this.#skip(behind));
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
