/**
 * Many small writes as few large ones: while one commit is under way everything that comes is
 * collected, and goes with the next. No timer: an idle writer commits at once.
 *
 * A commit that fails is tried again, with back-off, until it succeeds or the signal aborts: it
 * must be idempotent. Commits are in the order of the pushes, one at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';

export interface GroupCommitOptions<T> {
  readonly commit: (items: readonly T[]) => Promise<void>;
  /** The most that one commit takes, unless a single push is larger; in what `sizeOf` says. */
  readonly sizeMax: number;
  readonly sizeOf: (item: T) => number;
  /** Aborts what is under way and what is queued. */
  readonly signal: AbortSignal;
  readonly onRetry: (error: unknown, attempt: number) => void;
  readonly onRecovered: () => void;
}

interface Entry<T> {
  readonly items: readonly T[];
  readonly done: PromiseWithResolvers<undefined>;
}

const RETRY: BackoffPolicy = { initialMs: 50, maxMs: 2_000, factor: 2 };

export class GroupCommit<T> {
  readonly #options: GroupCommitOptions<T>;
  readonly #queue: Entry<T>[] = [];
  #isRunning = false;

  constructor(options: GroupCommitOptions<T>) {
    this.#options = options;
  }

  /**
   * Resolves when these items, and all that were pushed before, are committed; also for none.
   * Rejects with the reason of the signal when that aborts first.
   */
  push(items: readonly T[]): Promise<void> {
    const done = Promise.withResolvers<undefined>();
    this.#queue.push({ items, done });
    if (!this.#isRunning) void this.#run();
    return done.promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What is pushed within the same turn of the loop goes together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const entries = this.#take();
      try {
        await this.#commit(entries.flatMap(({ items }) => items));
        for (const { done } of entries) done.resolve(undefined);
      } catch (error) {
        for (const { done } of entries) done.reject(error);
      }
    }
    this.#isRunning = false;
  }

  #take(): Entry<T>[] {
    let count = 0;
    let size = 0;
    const { sizeMax, sizeOf } = this.#options;
    for (const { items } of this.#queue) {
      const added = items.reduce((sum, item) => sum + sizeOf(item), 0);
      if (count > 0 && size + added > sizeMax) break;
      size += added;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(items: readonly T[]): Promise<void> {
    const { commit, signal, onRetry, onRecovered } = this.#options;
    if (items.length === 0) return;
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        await commit(items);
        if (attempt > 0) onRecovered();
        return;
      } catch (error) {
        onRetry(error, attempt);
        await sleep(backoffMs(RETRY, attempt, Math.random()), undefined, { signal });
      }
    }
  }
}
