/** A count that starts again from zero whenever its process does, as one total over all of them. */
export class RunningTotal {
  #ofThoseGone = 0;
  #last: number | null = null;

  /** The total with the count as it is now; null (the process is away) changes nothing. */
  with(count: number | null): number | null {
    if (count === null) return this.#total();
    if (this.#last !== null && count < this.#last) this.#ofThoseGone += this.#last;
    this.#last = count;
    return this.#total();
  }

  #total(): number | null {
    return this.#last === null ? null : this.#ofThoseGone + this.#last;
  }
}
