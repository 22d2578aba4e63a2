/**
 * A bounded set of message ids (UUIDs) by channel, in typed arrays: 24 bytes an id and nothing for
 * the garbage collector to follow, where strings in a `Set` cost five times the time and memory.
 * Ids are compared whole: two that differ never pass for one.
 */

/** Four 32-bit words. */
export const UUID_WORDS = 4;

/** Slots for each id: half empty, look-ups end after one or two. */
const SLOTS_PER_ID = 2;

export class UuidTable {
  /** Channel by slot, plus one; 0 is an empty slot. */
  readonly #channels: Float64Array;
  readonly #words: Int32Array;
  readonly #mask: number;
  #size = 0;

  /** At most `idsMax` ids may be added between two `clear`. */
  constructor(idsMax: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(1, idsMax) * SLOTS_PER_ID));
    this.#channels = new Float64Array(slots);
    this.#words = new Int32Array(slots * UUID_WORDS);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  has(channel: number, uuid: Int32Array): boolean {
    return this.#channels[this.#slotOf(channel, uuid)] !== 0;
  }

  add(channel: number, uuid: Int32Array): void {
    const slot = this.#slotOf(channel, uuid);
    if (this.#channels[slot] !== 0) return;
    this.#channels[slot] = channel + 1;
    this.#words.set(uuid, slot * UUID_WORDS);
    this.#size += 1;
  }

  clear(): void {
    this.#channels.fill(0);
    this.#size = 0;
  }

  /** Where the id is, or the empty slot where it would go. */
  #slotOf(channel: number, uuid: Int32Array): number {
    const channels = this.#channels;
    const mixed = Math.imul((uuid[0] as number) ^ (uuid[3] as number), 0x9e3779b1);
    let slot = (mixed ^ (mixed >>> 15)) & this.#mask;
    while (channels[slot] !== 0 && !this.#isAt(slot, channel, uuid)) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #isAt(slot: number, channel: number, uuid: Int32Array): boolean {
    const words = this.#words;
    const at = slot * UUID_WORDS;
    return (
      words[at] === uuid[0] &&
      words[at + 1] === uuid[1] &&
      words[at + 2] === uuid[2] &&
      words[at + 3] === uuid[3] &&
      this.#channels[slot] === channel + 1
    );
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Writes the words of a UUID in lower case into `words`; false where the text is none. */
export function uuidWords(text: string, words: Int32Array): boolean {
  if (!UUID.test(text)) return false;
  const digits = text.replaceAll('-', '');
  for (let word = 0; word < UUID_WORDS; word += 1) {
    words[word] = Number.parseInt(digits.slice(word * 8, word * 8 + 8), 16);
  }
  return true;
}
