/**
 * Brings a group member back that its client has given up.
 *
 * After a crash the client starts itself anew where it takes the error for one that passes. Of an
 * outage it takes some for final: a coordinator that is not found, because no broker answers, among them.
 * A member that had joined has been told nothing final by that: it is started anew, with back-off,
 * until it runs. What a broker itself refuses, such as another protocol than the group's, stays final.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs, type BackoffPolicy } from '../backoff.ts';

export interface RevivalOptions {
  /** Connects, subscribes and runs; rejects where that is not possible now. */
  readonly start: () => Promise<void>;
  /** Whether the group ever gave this member anything: before that an error is the caller's. */
  readonly hasJoined: () => boolean;
  /** Waits; default a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const RETRY: BackoffPolicy = { initialMs: 250, maxMs: 2_000, factor: 2 };

export class Revival {
  readonly #options: RevivalOptions;
  readonly #stop = new AbortController();

  constructor(options: RevivalOptions) {
    this.#options = options;
  }

  /** The client has given up with this error; whether the member is brought back. */
  begins(error: Error): boolean {
    if (this.#stop.signal.aborted) return true;
    if (!this.#options.hasJoined() || isRefusal(error)) return false;
    void this.#revive();
    return true;
  }

  /** Nothing is started any more. */
  stop(): void {
    this.#stop.abort();
  }

  async #revive(): Promise<void> {
    const { start, sleep = wait } = this.#options;
    const { signal } = this.#stop;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      await sleep(backoffMs(RETRY, attempt, Math.random()), signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await start();
        return;
      } catch {
        // The brokers are still away; a crash within `start` comes back through `begins`.
      }
    }
  }
}

/** What a broker answered and does not change its mind about. */
function isRefusal(error: Error): boolean {
  const { name, retriable } = error as Error & { retriable?: boolean };
  return name === 'KafkaJSProtocolError' && retriable !== true;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal });
}
