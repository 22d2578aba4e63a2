/**
 * Spaces out fetches: the next one goes out a moment after the last answer, however soon that was
 * dealt with. A broker answers a waiting fetch with the first record of the first partition that
 * comes; asked again at once, it gives thousands of answers of a few records, each of which costs
 * client and broker as much as one of hundreds. A quiet reader waits for nothing: it has a fetch
 * with the broker when something comes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LoadPace, type PaceOptions } from './load-pace.ts';

export class FetchPacer {
  readonly #pace: LoadPace;
  #round: Promise<void> | undefined;

  /** `pace`: time between an answer and the next fetch at least. */
  constructor(pace: PaceOptions) {
    this.#pace = new LoadPace(pace);
  }

  /** Call it when a part of an answer comes: resolves when the next fetch may go out. */
  answered(records: number): Promise<void> {
    this.#pace.count(records, performance.now());
    this.#round ??= delay(this.#pace.gatherMs).then(() => {
      this.#round = undefined;
    });
    return this.#round;
  }
}
