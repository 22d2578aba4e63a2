/**
 * Spaces out fetches: the next one goes out a moment after the last answer, however soon that was
 * dealt with. A broker answers a waiting fetch with the first record of the first partition that
 * comes; asked again at once, it gives thousands of answers of a few records, each of which costs
 * client and broker as much as one of hundreds. A quiet reader waits for nothing: it has a fetch
 * with the broker when something comes.
 */
import { setTimeout as delay } from 'node:timers/promises';

export class FetchPacer {
  readonly #gatherMs: number;
  #round: Promise<void> | undefined;

  /** `gatherMs`: time between an answer and the next fetch at least, wall milliseconds. */
  constructor(gatherMs: number) {
    this.#gatherMs = gatherMs;
  }

  /** Call it when a part of an answer comes: resolves when the next fetch may go out. */
  answered(): Promise<void> {
    this.#round ??= delay(this.#gatherMs).then(() => {
      this.#round = undefined;
    });
    return this.#round;
  }
}
