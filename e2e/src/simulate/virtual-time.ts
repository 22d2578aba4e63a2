/**
 * Time that stands still until somebody moves it. While it is installed, every timer of this process
 * is one of these: the code under simulation is the production code, which knows nothing of it.
 *
 * Timers belong to the simulated process that runs when they are made (`runs`). Those of a process
 * that is paused wait, those of one that was killed are gone.
 */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';

/** A simulated process. */
export interface Host {
  readonly name: string;
  state: 'up' | 'paused' | 'gone';
}

interface Timer {
  readonly id: number;
  readonly host: Host | null;
  readonly run: () => void;
  readonly everyMs: number | null;
  dueMs: number;
}

/** The turn of the real event loop: lets every microtask run. */
const realSetImmediate = globalThis.setImmediate;

/** Lets everything run that waits for nothing but its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => realSetImmediate(resolve));
}

export class VirtualTime {
  /** Wall time, epoch milliseconds. */
  nowMs: number;
  /** Whose code runs now. */
  runs: Host | null = null;
  readonly #timers = new Map<number, Timer>();
  readonly #random: () => number;
  #ids = 0;

  /** `random` stands for `Math.random` while this is installed. */
  constructor(nowMs: number, random: () => number) {
    this.nowMs = nowMs;
    this.#random = random;
  }

  /** When the next timer of a process that is up comes due; null when there is none. */
  nextDueMs(): number | null {
    const timer = this.#next();
    return timer === null ? null : Math.max(timer.dueMs, this.nowMs);
  }

  /** Fires the timer that is due first, moving time to it; gives whose it was. */
  fireNext(): Host | null {
    const timer = this.#next();
    if (timer === null) return null;
    this.nowMs = Math.max(this.nowMs, timer.dueMs);
    if (timer.everyMs === null) this.#timers.delete(timer.id);
    else timer.dueMs = this.nowMs + Math.max(1, timer.everyMs);
    this.runs = timer.host;
    timer.run();
    return timer.host;
  }

  /** Forgets the timers of a process. */
  forget(host: Host): void {
    for (const timer of this.#timers.values()) {
      if (timer.host === host) this.#timers.delete(timer.id);
    }
  }

  /** Puts itself in the place of the timers of this process; gives what takes it out again. */
  install(): () => void {
    const undo = [
      replaced(globalThis, {
        setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
          this.#add(() => run(...args), ms, null),
        setInterval: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
          this.#add(() => run(...args), ms, ms),
        setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) =>
          this.#add(() => run(...args), 0, null),
        clearTimeout: (timer: unknown) => this.#remove(timer),
        clearInterval: (timer: unknown) => this.#remove(timer),
        clearImmediate: (timer: unknown) => this.#remove(timer),
      }),
      replaced(timersPromises, {
        setTimeout: (ms = 0, value?: unknown, options: { signal?: AbortSignal } = {}) =>
          this.#sleep(ms, value, options.signal),
        setImmediate: (value?: unknown) => this.#sleep(0, value, undefined),
      }),
      replaced(Date, { now: () => this.nowMs }),
      replaced(Math, { random: this.#random }),
    ];
    syncBuiltinESMExports();
    return () => {
      for (const each of undo) each();
      syncBuiltinESMExports();
    };
  }

  #next(): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers.values()) {
      if (timer.host !== null && timer.host.state !== 'up') continue;
      if (first === null || timer.dueMs < first.dueMs) first = timer;
    }
    return first;
  }

  #add(run: () => void, ms: number, everyMs: number | null): object {
    this.#ids += 1;
    const id = this.#ids;
    if (this.runs?.state !== 'gone') {
      const dueMs = this.nowMs + Math.max(0, ms);
      this.#timers.set(id, { id, host: this.runs, run, everyMs, dueMs });
    }
    const handle = { id, unref: () => handle, ref: () => handle, hasRef: () => true };
    return handle;
  }

  #remove(timer: unknown): void {
    const id = (timer as { id?: unknown } | null | undefined)?.id;
    if (typeof id === 'number') this.#timers.delete(id);
  }

  #sleep(ms: number, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#remove(handle);
        const cause: unknown = signal?.reason;
        reject(Object.assign(new Error('aborted', { cause }), { name: 'AbortError' }));
      };
      const handle = this.#add(
        () => {
          signal?.removeEventListener('abort', abort);
          resolve(value);
        },
        ms,
        null,
      );
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

function replaced(target: object, replacements: Record<string, unknown>): () => void {
  const holder = target as Record<string, unknown>;
  const names = Object.keys(replacements);
  const before = names.map((name): [string, unknown] => [name, holder[name]]);
  Object.assign(holder, replacements);
  return () => {
    Object.assign(holder, Object.fromEntries(before));
  };
}
