/**
 * Identities as four 32-bit words: what sets of ids and distinct counts hold instead of strings.
 *
 * UUIDs keep all of their 128 bits; anything else is hashed to 128. Two different ids meet with a
 * chance of about n^2 / 2^129, which is never.
 */

/** Four unsigned 32-bit words. */
export type Words = Uint32Array;

const UUID_LENGTH = 36;
const HYPHENS = new Set([8, 13, 18, 23]);
const NIBBLES = nibbles();
const NOT_HEX = 0xff;

// Odd constants with well-spread bits; each lane multiplies by its own.
const FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/** Writes the 128-bit hash of `text` into `out`. */
export function hashWords(text: string, out: Words): void {
  let a = text.length;
  let b = 0x6a09e667;
  let c = 0xbb67ae85;
  let d = 0x3c6ef372;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ unit, FACTORS[0]);
    b = c ^ Math.imul(b ^ unit, FACTORS[1]);
    c = d ^ Math.imul(c ^ unit, FACTORS[2]);
    d = a ^ Math.imul(d ^ unit, FACTORS[3]);
  }
  out[0] = mixed(a ^ (c >>> 9));
  out[1] = mixed(b ^ Math.imul(d, FACTORS[0]) ^ (out[0] ?? 0));
  out[2] = mixed(c ^ Math.imul(a, FACTORS[1]) ^ (out[1] ?? 0));
  out[3] = mixed(d ^ Math.imul(b, FACTORS[2]) ^ (out[2] ?? 0));
}

const channelWords: Words = new Uint32Array(4);

/** Writes the identity of a message, which is its channel and its id, into `out`. */
export function messageWords(channelId: string, messageId: string, out: Words): void {
  if (!uuidWords(messageId, out)) hashWords(messageId, out);
  hashWords(channelId, channelWords);
  for (let i = 0; i < 4; i += 1) out[i] = (out[i] ?? 0) ^ (channelWords[i] ?? 0);
}

/** Writes the bits of a UUID in its usual lower-case form; false, with `out` undefined, for another text. */
export function uuidWords(text: string, out: Words): boolean {
  if (text.length !== UUID_LENGTH) return false;
  let word = 0;
  let digits = 0;
  for (let i = 0; i < UUID_LENGTH; i += 1) {
    const unit = text.charCodeAt(i);
    if (HYPHENS.has(i)) {
      if (unit !== HYPHEN) return false;
      continue;
    }
    const nibble = NIBBLES[unit & 0x7f] ?? NOT_HEX;
    if (nibble === NOT_HEX || unit > 0x7f) return false;
    word = (word << 4) | nibble;
    digits += 1;
    if (digits % 8 === 0) out[digits / 8 - 1] = word;
  }
  return true;
}

const HYPHEN = 0x2d;

// The finaliser of MurmurHash3: every bit of the input changes every bit of the output.
function mixed(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function nibbles(): Uint8Array {
  const table = new Uint8Array(128).fill(0xff);
  for (const [value, digit] of [...'0123456789abcdef'].entries()) {
    table[digit.charCodeAt(0)] = value;
  }
  return table;
}
