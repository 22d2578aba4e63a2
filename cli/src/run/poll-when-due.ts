/** Figures that are asked for again when they are old, without ever waiting long for them. */
import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions<T> {
  readonly everyMs: number;
  readonly initial: T;
  readonly ask: () => Promise<T>;
  readonly nowMs: () => number;
}

/** Of the time, asking takes at most one part in so many: a busy database is not asked often. */
const SHARE = 5;
const PATIENCE_MS = 1_000;

/** An answer that is asked for again when it is old; the last one stays while there is no new one. */
export class Poll<T> {
  readonly #options: PollOptions<T>;
  #answeredAtMs = -Infinity;
  #tookMs = 0;
  /** A question under way: there is never more than one. */
  #asking: Promise<void> | null = null;
  last: T;

  constructor(options: PollOptions<T>) {
    this.#options = options;
    this.last = options.initial;
  }

  /** Makes it due. */
  expire(): void {
    this.#answeredAtMs = -Infinity;
  }

  /**
   * Asks where it is due, and waits so long for the answer, wall milliseconds. Who is asked may be
   * away: the answer then comes with a later call.
   */
  async refresh(patienceMs = PATIENCE_MS): Promise<void> {
    const { everyMs, nowMs } = this.#options;
    const isFresh = nowMs() - this.#answeredAtMs < Math.max(everyMs, this.#tookMs * SHARE);
    if (this.#asking === null && isFresh) return;
    this.#asking ??= this.#ask();
    const patience = new AbortController();
    await Promise.race([
      this.#asking,
      delay(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  async #ask(): Promise<void> {
    const { ask, nowMs } = this.#options;
    const askingAtMs = nowMs();
    try {
      this.last = await ask();
      this.#tookMs = nowMs() - askingAtMs;
    } catch {
      // A part is away: the supervisor shows which; the figure stays as it was.
      this.#tookMs = 0;
    }
    this.#answeredAtMs = nowMs();
    this.#asking = null;
  }
}
