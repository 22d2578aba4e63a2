/**
 * How often one thing happened in one channel, by second of event time.
 *
 * Counts only grow: an early update is a lower bound of the final one, and a late correction
 * raises it. So the highest count ever seen of a second is the right one, in whatever order and
 * however often updates arrive, and no revisions need to be kept.
 */
export class Series {
  readonly #counts = new Map<number, number>();
  #latest = -1;

  /** The count of a second; 0 for one that nothing was heard of. */
  at(second: number): number {
    return this.#counts.get(second) ?? 0;
  }

  /** Takes an update; returns by how much it raised the second. */
  raise(second: number, count: number): number {
    const before = this.at(second);
    if (count <= before) return 0;
    this.#counts.set(second, count);
    if (second > this.#latest) this.#latest = second;
    return count - before;
  }

  /** The latest second that ever had a count, -1 before the first. */
  get latest(): number {
    return this.#latest;
  }

  /** Seconds with a count. */
  get size(): number {
    return this.#counts.size;
  }

  /** The first second from `second` on that has a count; null where there is none. */
  nextFrom(second: number): number | null {
    let next: number | null = null;
    for (const candidate of this.#counts.keys()) {
      if (candidate >= second && (next === null || candidate < next)) next = candidate;
    }
    return next;
  }

  /** Forgets the seconds before `second`. */
  forgetBefore(second: number): void {
    for (const candidate of this.#counts.keys()) {
      if (candidate < second) this.#counts.delete(candidate);
    }
  }

  /** Sum of the counts from `second` on. */
  sumFrom(second: number): number {
    let sum = 0;
    // Mostly the last few seconds of many; before the first watermark all of very few.
    if (this.#latest - second < this.#counts.size) {
      for (let s = second; s <= this.#latest; s += 1) sum += this.at(s);
    } else {
      for (const [s, count] of this.#counts) if (s >= second) sum += count;
    }
    return sum;
  }

  /** All that is kept as JSON: the first second and the counts from there on. */
  toSnapshot(): SeriesSnapshot {
    const seconds = [...this.#counts.keys()];
    if (seconds.length === 0) return { from: 0, counts: [] };
    const from = seconds.reduce((a, b) => Math.min(a, b));
    const counts = new Array<number>(seconds.reduce((a, b) => Math.max(a, b)) - from + 1).fill(0);
    for (const [second, count] of this.#counts) counts[second - from] = count;
    return { from, counts };
  }

  static fromSnapshot({ from, counts }: SeriesSnapshot): Series {
    const series = new Series();
    for (const [index, count] of counts.entries()) series.raise(from + index, count);
    return series;
  }
}

/** A series as JSON; a count of 0 says that nothing was heard of the second. */
export interface SeriesSnapshot {
  readonly from: number;
  readonly counts: readonly number[];
}
