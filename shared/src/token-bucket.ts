/**
 * A bucket of tokens, each of which comes back `windowMs` after it was taken: never more than
 * `tokens` are taken in any span of `windowMs`, wherever it begins. (A bucket that is refilled at a
 * steady rate allows twice as many in a window: a full bucket and what flows in meanwhile.)
 */
export interface BucketSettings {
  readonly tokens: number;
  readonly windowMs: number;
}

export class TokenBucket {
  readonly #settings: BucketSettings;
  /** Times of the tokens that are out, oldest first. */
  readonly #takenAtMs: number[] = [];

  constructor(settings: BucketSettings) {
    this.#settings = settings;
  }

  /** Takes a token; false where none is there. `nowMs` never goes back. */
  take(nowMs: number): boolean {
    if (this.available(nowMs) === 0) return false;
    this.#takenAtMs.push(nowMs);
    return true;
  }

  /** When a token is there: now, or when the oldest that is out comes back. */
  nextAtMs(nowMs: number): number {
    if (this.available(nowMs) > 0) return nowMs;
    return (this.#takenAtMs[0] ?? nowMs) + this.#settings.windowMs;
  }

  available(nowMs: number): number {
    const { tokens, windowMs } = this.#settings;
    const back = this.#takenAtMs.findIndex((takenAtMs) => takenAtMs + windowMs > nowMs);
    this.#takenAtMs.splice(0, back === -1 ? this.#takenAtMs.length : back);
    return tokens - this.#takenAtMs.length;
  }
}
