/**
 * Says when to PING a connection and when to give it up. A half-open socket looks like quiet rooms;
 * only an answer that stays out tells them apart.
 */
export interface LivenessSettings {
  /** A PING goes out at least so often, milliseconds. */
  readonly pingIntervalMs: number;
  /** And after so long without any traffic, milliseconds. */
  readonly idleMs: number;
  /** Without any traffic for so long after a PING the connection is dead, milliseconds. */
  readonly deadlineMs: number;
}

/** A process that was away for this share of the deadline was asleep: answers lie in its sockets. */
const SLEPT_SHARE = 0.5;

export type LivenessVerdict = 'alive' | 'ping' | 'dead';

export class Liveness {
  readonly #settings: LivenessSettings;
  #lastTrafficMs: number;
  #lastPingMs: number;
  #awaitsSinceMs: number | null = null;
  #lastCheckMs: number;

  constructor(settings: LivenessSettings, nowMs: number) {
    this.#settings = settings;
    this.#lastTrafficMs = nowMs;
    this.#lastPingMs = nowMs;
    this.#lastCheckMs = nowMs;
  }

  /** Anything was read. */
  traffic(nowMs: number): void {
    this.#lastTrafficMs = nowMs;
    this.#awaitsSinceMs = null;
  }

  /** A PING went out for another reason: it too must be answered in time. */
  pinged(nowMs: number): void {
    this.#lastPingMs = nowMs;
    this.#awaitsSinceMs ??= nowMs;
  }

  /**
   * What to do now, a few times a second. `ping` means that the caller sends one now. While we
   * ourselves do not read (`isPaused`, or nobody asked here for long), silence says nothing.
   */
  check(nowMs: number, isPaused: boolean): LivenessVerdict {
    const { pingIntervalMs, idleMs, deadlineMs } = this.#settings;
    const hasSlept = nowMs - this.#lastCheckMs >= deadlineMs * SLEPT_SHARE;
    this.#lastCheckMs = nowMs;
    if (isPaused || hasSlept) {
      this.traffic(nowMs);
      return 'alive';
    }
    if (this.#awaitsSinceMs !== null) {
      return nowMs - this.#awaitsSinceMs >= deadlineMs ? 'dead' : 'alive';
    }
    const isDue = nowMs - this.#lastPingMs >= pingIntervalMs;
    const isIdle = nowMs - Math.max(this.#lastTrafficMs, this.#lastPingMs) >= idleMs;
    if (!isDue && !isIdle) return 'alive';
    this.pinged(nowMs);
    return 'ping';
  }
}
