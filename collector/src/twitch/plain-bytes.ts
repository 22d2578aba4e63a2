/** Small steps over bytes that `plain-chat.wire.ts` takes: classes of bytes, copies, numbers. */

const ZERO = 0x30;
const DIGITS_MAX = 15;

/** A table that holds 1 for the bytes that `isIn` takes. */
export function byteClass(isIn: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isIn(byte) ? 1 : 0));
}

/** Whether `expected` stands in `bytes` at `at`. */
export function standsAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i += 1) {
    if (bytes[at + i] !== expected[i]) return false;
  }
  return true;
}

/**
 * The whole number between `start` and `end`, as JSON writes it: no sign, no leading zero, at most
 * fifteen digits. -1 for anything else.
 */
export function wholeNumberAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 1 || length > DIGITS_MAX || (bytes[start] === ZERO && length > 1)) return -1;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Unicode code points of the UTF-8 between `start` and `end`: bytes that do not continue one. */
export function codePointsIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) {
    if (((bytes[at] as number) & 0xc0) !== 0x80) count += 1;
  }
  return count;
}

const UUID_LENGTH = 36;
const DASH = 0x2d;
const NOT_HEX = 0xff;
/** Value of each lower-case hexadecimal digit. */
const NIBBLES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte));
  return digit === -1 ? NOT_HEX : digit;
});

/** Reads a UUID in lower case into four words; false where there is none. */
export function uuidAt(
  bytes: Uint8Array,
  { start, end }: { start: number; end: number },
  words: Int32Array,
): boolean {
  if (end - start !== UUID_LENGTH) return false;
  let digits = 0;
  for (let i = 0; i < UUID_LENGTH; i += 1) {
    const byte = bytes[start + i] as number;
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (byte !== DASH) return false;
      continue;
    }
    const nibble = NIBBLES[byte] as number;
    if (nibble === NOT_HEX) return false;
    words[digits >> 3] = ((words[digits >> 3] as number) << 4) | nibble;
    digits += 1;
  }
  return true;
}

/** Writes bytes one behind the other. Ranges are short: a loop is quicker than a call of `set`. */
export class ByteWriter {
  into: Uint8Array = new Uint8Array(0);
  end = 0;

  put(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length);
  }

  copy(bytes: Uint8Array, start: number, end: number): void {
    const { into } = this;
    let to = this.end;
    for (let at = start; at < end; at += 1) {
      into[to] = bytes[at] as number;
      to += 1;
    }
    this.end = to;
  }

  /** A whole number that is not negative. */
  number(value: number): void {
    let length = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) length += 1;
    let rest = value;
    for (let at = this.end + length - 1; at >= this.end; at -= 1) {
      this.into[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.end += length;
  }
}
