/** A limit of so many events in any span of `windowMs`, per key. */
export interface LimitOptions {
  /** Events allowed in a window. */
  readonly max: number;
  readonly windowMs: number;
}

/**
 * Counts what really happened in the last window, with no bucket's mercy: the strictest reading
 * of "20 in 10 s". Keys of which nothing is remembered any more are forgotten.
 */
export class SlidingLimit {
  readonly #options: LimitOptions;
  readonly #times = new Map<string, number[]>();

  constructor(options: LimitOptions) {
    this.#options = options;
  }

  /** Counts one event; false where it is one too many. Refused ones count as well. */
  take(key: string, nowMs: number): boolean {
    const { max, windowMs } = this.#options;
    const recent = (this.#times.get(key) ?? []).filter((atMs) => nowMs - atMs < windowMs);
    recent.push(nowMs);
    // More than one beyond the limit says nothing new: the list stays bounded.
    if (recent.length > max + 1) recent.shift();
    this.#times.set(key, recent);
    if (this.#times.size > KEYS_MAX) this.#forget(nowMs);
    return recent.length <= max;
  }

  #forget(nowMs: number): void {
    for (const [key, times] of this.#times) {
      if (nowMs - (times.at(-1) ?? -Infinity) >= this.#options.windowMs) this.#times.delete(key);
    }
  }
}

const KEYS_MAX = 10_000;
