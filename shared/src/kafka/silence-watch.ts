/**
 * Watches a group member that may have stopped without a word. The client has hung after the loss of a
 * broker before (its issues 660, 1163): no fetch, no error, no event. Such a member says nothing while
 * the brokers answer others, so the brokers are asked by a connection of our own before it is given up.
 */

export interface SilenceWatchOptions {
  /** Since when the member has heard nothing, milliseconds. */
  readonly silentMs: () => number;
  /** Asks the brokers for anything; rejects where they do not answer. */
  readonly probe: () => Promise<unknown>;
  /** It hangs: its process should end, and be started anew. Called once. */
  readonly onHung: (silentMs: number) => void;
  /** How often it is looked, milliseconds; default 10 s. */
  readonly everyMs?: number;
}

/** Longer than any rebalance and any time-out of a request. */
const HUNG_AFTER_MS = 60_000;
/** So often in a row brokers have to answer others before the member is given up. */
const ANSWERS_NEEDED = 3;
const EVERY_MS = 10_000;

export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #answers = 0;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), this.#options.everyMs ?? EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks once. Never rejects. */
  async look(): Promise<void> {
    const { silentMs, probe, onHung } = this.#options;
    if (this.#isLooking) return;
    if (silentMs() < HUNG_AFTER_MS) {
      this.#answers = 0;
      return;
    }
    this.#isLooking = true;
    const answers = await probe().then(
      () => this.#answers + 1,
      () => 0,
    );
    this.#isLooking = false;
    this.#answers = silentMs() < HUNG_AFTER_MS ? 0 : answers;
    if (this.#answers < ANSWERS_NEEDED) return;
    this.stop();
    onHung(silentMs());
  }
}
