/**
 * The life of a process: parts register how they are stopped; stopping runs that last in, first
 * out, each within the time that is left, and collects what went wrong.
 */
import { CrestError } from './errors.ts';

export type Cleanup = () => Promise<void> | void;

interface NamedCleanup {
  readonly name: string;
  readonly cleanup: Cleanup;
}

/** What a running service is to its `main.ts` and to tests. */
export interface App {
  /** Brings every part up; rejects, with everything stopped again, when one cannot start. */
  start(): Promise<void>;
  /** Drains and stops; safe to call twice. Rejects when a part failed to stop in time. */
  stop(): Promise<void>;
  /** Settles when the app can no longer do its work: with the error that ended it. */
  readonly failed: Promise<Error>;
}

/**
 * The parts of one process in the order in which they came up.
 *
 * `stop()` may be called at any time and any number of times: the first call does the work, later
 * ones wait for it. A part that hangs costs what is left of `timeoutMs`, not more; the parts
 * before it are still asked to stop.
 */
export class Lifecycle {
  readonly #timeoutMs: number;
  readonly #cleanups: NamedCleanup[] = [];
  readonly #abort = new AbortController();
  readonly #failed = Promise.withResolvers<Error>();
  #stopping: Promise<void> | undefined;

  constructor(options: { timeoutMs: number }) {
    this.#timeoutMs = options.timeoutMs;
  }

  /** Aborts when stopping begins: loops end, waits are cut short. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Settles with the error of the first part that broke for good. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /** A part reports that it cannot go on. The process then stops; somebody restarts it. */
  fail(error: Error): void {
    this.#failed.resolve(error);
  }

  /**
   * Registers how a part that is up is stopped. A part that comes up while the others are being
   * stopped (a signal during the start) is stopped at once.
   */
  onStop(name: string, cleanup: Cleanup): void {
    const part = { name, cleanup };
    if (this.#stopping === undefined) {
      this.#cleanups.push(part);
      return;
    }
    const deadline = performance.now() + this.#timeoutMs;
    const stopped = withDeadline(part, deadline).catch(() => undefined);
    this.#stopping = Promise.all([this.#stopping, stopped]).then(() => undefined);
  }

  stop(): Promise<void> {
    this.#stopping ??= Promise.resolve().then(() => this.#stopAll());
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.#abort.abort();
    const deadline = performance.now() + this.#timeoutMs;
    const errors: unknown[] = [];
    for (const part of this.#cleanups.reverse()) {
      try {
        await withDeadline(part, deadline);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some parts did not stop cleanly');
  }
}

async function withDeadline({ name, cleanup }: NamedCleanup, deadline: number): Promise<void> {
  const leftMs = Math.max(0, deadline - performance.now());
  const expiry = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    expiry.reject(new CrestError('SHUTDOWN_TIMEOUT', `${name} did not stop in time`));
  }, leftMs);
  try {
    await Promise.race([Promise.resolve().then(cleanup), expiry.promise]);
  } finally {
    clearTimeout(timer);
  }
}
