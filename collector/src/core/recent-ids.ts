/**
 * The ids of the newest lines, to drop what comes twice: through two sockets while one takes over
 * from another, or because Twitch repeats itself. Bounded: an id is known for at least `idsMax` / 2
 * further ids and at most `idsMax`. What slips through is dropped downstream, by the same identity.
 */
export class RecentIds {
  readonly #half: number;
  #newer = new Set<string>();
  #older = new Set<string>();

  constructor(idsMax: number) {
    this.#half = Math.max(1, Math.floor(idsMax / 2));
  }

  /** Notes the id; false where it was known already. */
  add(id: string): boolean {
    if (this.#newer.has(id) || this.#older.has(id)) return false;
    if (this.#newer.size >= this.#half) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(ownCopy(id));
    return true;
  }

  get size(): number {
    return this.#newer.size + this.#older.size;
  }
}

/**
 * A string cut out of a longer one keeps the longer one alive, here a whole frame for one id. Cutting
 * from a fresh concatenation makes V8 write the characters out first.
 */
function ownCopy(id: string): string {
  return ` ${id}`.slice(1);
}
