/**
 * Episodes on their way into the outbox, behind the fold that found them: in order, several at
 * once, tried again until the outbox has them or the queue is closed.
 *
 * States of the sender: idle, or one `tell` under way. It begins with a push and ends when nothing
 * waits, or for good with `close`. What `tell` did not take stays in front.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Firing } from '../core/partition-fold.ts';

export interface TellQueueOptions {
  /** Puts the alerts of firings into the outbox; durable when it resolves. */
  readonly tell: (firings: readonly Firing[]) => Promise<void>;
  readonly failed: (error: unknown) => void;
  /** Between two tries, milliseconds; default half a second. */
  readonly retryMs?: number;
}

const RETRY_MS = 500;

export class TellQueue {
  readonly #options: TellQueueOptions;
  readonly #waiting: Firing[] = [];
  readonly #closed = new AbortController();
  #isRunning = false;
  #isHurried = false;
  /** Firings ever pushed, and of these those that are in the outbox. */
  #pushed = 0;
  #told = 0;
  #progress = Promise.withResolvers<undefined>();

  constructor(options: TellQueueOptions) {
    this.#options = options;
  }

  /** Firings that are not in the outbox yet. */
  get size(): number {
    return this.#waiting.length;
  }

  push(firings: readonly Firing[]): void {
    if (firings.length === 0 || this.#closed.signal.aborted) return;
    this.#waiting.push(...firings);
    this.#pushed += firings.length;
    if (!this.#isRunning) void this.#run();
  }

  /** Resolves when fewer than `max` wait, or the queue is closed. */
  async below(max: number): Promise<void> {
    while (this.size >= max && !this.#closed.signal.aborted) await this.#progress.promise;
  }

  /** Resolves to true when all that was pushed so far is told, to false when it never will be. */
  async told(): Promise<boolean> {
    const wanted = this.#pushed;
    while (this.#told < wanted) {
      if (this.#closed.signal.aborted) return false;
      await this.#progress.promise;
    }
    return true;
  }

  /** From now on the first failure closes the queue. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** What waits is void. */
  close(): void {
    this.#closed.abort();
    this.#waiting.length = 0;
    this.#moved();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { tell, failed, retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#closed;
    // What the same batch brings goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice();
      try {
        await tell(some);
        this.#done(some.length);
      } catch (error) {
        failed(error);
        if (this.#isHurried) this.close();
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    this.#isRunning = false;
  }

  #done(count: number): void {
    if (this.#closed.signal.aborted) return;
    this.#waiting.splice(0, count);
    this.#told += count;
    this.#moved();
  }

  #moved(): void {
    this.#progress.resolve(undefined);
    this.#progress = Promise.withResolvers<undefined>();
  }
}
