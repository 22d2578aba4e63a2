/** Counts that start again from zero whenever their process does, as one total over all of them. */
export class RunningTotal {
  readonly #processes = new Map<string, { last: number; ofThoseGone: number }>();

  /**
   * The total with the counts as they are now, by the name of their process; one that is away (not
   * named) goes on counting with what it had. Null as long as nothing was ever counted.
   */
  with(counts: ReadonlyMap<string, number>): number | null {
    for (const [process, count] of counts) {
      const before = this.#processes.get(process) ?? { last: 0, ofThoseGone: 0 };
      const isNew = count < before.last;
      const ofThoseGone = before.ofThoseGone + (isNew ? before.last : 0);
      this.#processes.set(process, { last: count, ofThoseGone });
    }
    if (this.#processes.size === 0) return null;
    return [...this.#processes.values()].reduce(
      (sum, { last, ofThoseGone }) => sum + last + ofThoseGone,
      0,
    );
  }
}
