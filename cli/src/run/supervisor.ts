/** Keeps parts running: starts them, starts those again that end, stops them in order. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  decideRestart,
  NO_RESTARTS,
  RESTART_BACKOFF,
  type PartEnd,
  type RestartHistory,
} from '../core/restart-policy.ts';
import type { PartState } from '../core/part-state.ts';
import type { ServerExit, ServerProcess } from '../servers/server-process.ts';
import { describeExit } from './child-service.ts';
import type { Part, PartEvent, PartStatus } from './part.ts';

export interface SupervisorOptions {
  readonly onEvent: (event: PartEvent) => void;
  /** Wall milliseconds, any origin. */
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Waits, or rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Entry {
  readonly part: Part;
  readonly abort: AbortController;
  state: PartState;
  history: RestartHistory;
  process: ServerProcess | null;
  /** Why the process is about to end, where that was ordered. */
  ordered: 'kill' | 'roll' | null;
  rolls: number;
  /** Settles when a held part may start again; null where it is not held. */
  hold: PromiseWithResolvers<void> | null;
  /** Called at every change of state. */
  readonly watchers: Set<() => void>;
  /** Settles when nothing of the part runs any more and nothing will be started. */
  done: Promise<void>;
}

/** How a process came to its end. */
interface Ended {
  readonly end: PartEnd;
  readonly how: string;
  readonly ordered: 'kill' | 'roll' | null;
}

const NOT_STARTED: Ended = {
  end: { upForMs: null, ordered: false },
  how: 'did not start',
  ordered: null,
};

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #failed = Promise.withResolvers<Error>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Settles with the reason when a part does not come up any more. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /** In the order in which the parts were added. */
  get statuses(): PartStatus[] {
    return [...this.#entries.values()].map(({ part, state, process, history, rolls }) => ({
      name: part.name,
      state,
      pid: process?.pid ?? null,
      restarts: history.restarts,
      kills: history.restarts - rolls,
    }));
  }

  /** Null where no part has this name. */
  stateOf(name: string): PartState | null {
    return this.#entries.get(name)?.state ?? null;
  }

  /** Shows a part that is to be started later. */
  announce(name: string): void {
    this.#entry({ name, start: () => Promise.reject(new Error('not known yet')) });
  }

  /**
   * Starts a part; resolves when it is up the first time, and keeps it up from then on.
   * @throws what `part.start` rejects with, when the first start fails.
   */
  async run<T extends ServerProcess>(
    part: Part & { readonly start: (signal: AbortSignal) => Promise<T> },
  ): Promise<T> {
    const entry = this.#entry(part);
    const starting = this.#startFirst(entry, part.start);
    entry.done = starting.then(
      () => undefined,
      () => undefined,
    );
    const first = await starting;
    entry.done = this.#keepUp(entry, first);
    return first;
  }

  /**
   * Kills a part as a crash would, on purpose: it is started again without back-off.
   * @returns whether it ran; nothing is done where it did not.
   */
  async kill(name: string): Promise<boolean> {
    const entry = this.#running(name);
    if (entry === null) return false;
    entry.ordered = 'kill';
    await entry.process.kill();
    return true;
  }

  /** Kills a part and keeps it down until `release`. @returns whether it ran. */
  async hold(name: string): Promise<boolean> {
    const entry = this.#running(name);
    if (entry === null) return false;
    entry.hold ??= Promise.withResolvers<void>();
    return this.kill(name);
  }

  /** Lets a held part start again; resolves when it is up. */
  async release(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    entry?.hold?.resolve();
    if (entry !== undefined) entry.hold = null;
    await this.untilUp(name);
  }

  /** Stops a part with SIGSTOP, as if it had lost the processor. @returns whether it ran. */
  pause(name: string): boolean {
    const entry = this.#running(name);
    if (entry?.state !== 'up') return false;
    entry.process.signal('SIGSTOP');
    this.#setState(entry, 'paused');
    this.#options.onEvent({ kind: 'paused', name });
    return true;
  }

  /** Lets a paused part go on. */
  resume(name: string): void {
    const entry = this.#running(name);
    if (entry?.state !== 'paused') return;
    this.#setState(entry, 'up');
    entry.process.signal('SIGCONT');
    this.#options.onEvent({ kind: 'resumed', name });
  }

  /** Stops a part as a roll-out does, with time to drain, and starts it again; resolves when it is up. */
  async roll(name: string): Promise<void> {
    const entry = this.#running(name);
    if (entry === null) throw new Error(`${name} does not run`);
    entry.ordered = 'roll';
    await entry.process.stop();
    await this.untilUp(name);
  }

  /**
   * Resolves when the part is up, at once where it is.
   * @throws Error where it will not be any more.
   */
  async untilUp(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    const changed = Promise.withResolvers<boolean>();
    const look = (): void => {
      const state = entry?.state ?? 'down';
      if (state === 'up' && entry?.ordered === null) changed.resolve(true);
      if (state === 'down' || state === 'failed') changed.resolve(false);
    };
    entry?.watchers.add(look);
    look();
    const isUp = await changed.promise.finally(() => entry?.watchers.delete(look));
    if (!isUp) throw new Error(`${name} does not come up any more`);
  }

  /** Gives up every start that is not finished: `run` rejects, and nothing of it is left. */
  cancelStarts(): void {
    for (const { state, abort } of this.#entries.values()) if (state === 'starting') abort.abort();
  }

  /** Stops the parts of these names together; settles when nothing of them runs. */
  async stop(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#stop(name)));
  }

  /** SIGKILL to everything; settles when nothing runs. */
  async killAll(): Promise<void> {
    const entries = [...this.#entries.values()];
    await Promise.all(
      entries.map(async (entry) => {
        entry.abort.abort();
        if (entry.state !== 'down') this.#setState(entry, 'stopping');
        await entry.process?.kill();
        await entry.done;
        this.#setState(entry, 'down');
      }),
    );
  }

  #entry(part: Part): Entry {
    const before = this.#entries.get(part.name);
    const entry: Entry = {
      part,
      abort: before?.abort ?? new AbortController(),
      state: before?.state ?? 'waiting',
      history: NO_RESTARTS,
      process: null,
      ordered: null,
      rolls: 0,
      hold: null,
      watchers: before?.watchers ?? new Set(),
      done: Promise.resolve(),
    };
    this.#entries.set(part.name, entry);
    return entry;
  }

  async #startFirst<T extends ServerProcess>(
    entry: Entry,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { name, firstStartsMax = 1 } = entry.part;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#start(entry, start);
      } catch (error) {
        if (entry.abort.signal.aborted || attempt >= firstStartsMax) throw error;
        const how = 'did not start';
        const waitMs = RESTART_BACKOFF.initialMs;
        this.#options.onEvent({ kind: 'ended', name, how, waitMs, wasUp: false, ordered: null });
        await this.#sleep(waitMs, entry.abort.signal);
      }
    }
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { sleep } = this.#options;
    return sleep === undefined ? delay(ms, undefined, { signal }) : sleep(ms, signal);
  }

  async #start<T extends ServerProcess>(
    entry: Entry,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    entry.abort.signal.throwIfAborted();
    this.#setState(entry, 'starting');
    const startedAtMs = this.#options.nowMs();
    try {
      const process = await start(entry.abort.signal);
      entry.process = process;
      if (entry.abort.signal.aborted) await process.stop();
      entry.abort.signal.throwIfAborted();
      this.#setState(entry, 'up');
      const tookMs = Math.round(this.#options.nowMs() - startedAtMs);
      this.#options.onEvent({ kind: 'up', name: entry.part.name, pid: process.pid, tookMs });
      return process;
    } catch (error) {
      if (!entry.abort.signal.aborted) this.#setState(entry, 'failed');
      throw error;
    }
  }

  /** The life of a part after its first start: ends when it is stopped or given up. */
  async #keepUp(entry: Entry, first: ServerProcess): Promise<void> {
    let running: ServerProcess | null = first;
    while (!entry.abort.signal.aborted) {
      const end = running === null ? null : await this.#waitForEnd(entry, running);
      if (entry.abort.signal.aborted) return;
      if (!(await this.#backOff(entry, end ?? NOT_STARTED))) return;
      if (!(await this.#untilReleased(entry))) return;
      if (!(await this.#untilNeedsAreUp(entry))) return;
      running = await this.#startAgain(entry);
    }
  }

  async #waitForEnd(entry: Entry, process: ServerProcess): Promise<Ended> {
    const upAtMs = this.#options.nowMs();
    const exit: ServerExit = await process.exited;
    entry.process = null;
    const { ordered } = entry;
    if (ordered === 'roll') entry.rolls += 1;
    entry.ordered = null;
    if (!entry.abort.signal.aborted) this.#setState(entry, 'backing-off');
    const end = { upForMs: this.#options.nowMs() - upAtMs, ordered: ordered !== null };
    return { end, how: describeExit(exit), ordered };
  }

  /** Whether the part is to be started again, after the wait that it takes. */
  async #backOff(entry: Entry, { end, how, ordered }: Ended): Promise<boolean> {
    const { name } = entry.part;
    const decision = decideRestart(entry.history, end, this.#options.random());
    entry.history = decision.history;
    if (!decision.restart || entry.part.irreplaceable === true) {
      const reason = `${name} ended (${how}) and cannot be started again: see its log`;
      this.#setState(entry, 'failed');
      this.#options.onEvent({ kind: 'failed', name, reason });
      this.#failed.resolve(new Error(reason));
      return false;
    }
    this.#setState(entry, 'backing-off');
    const { delayMs } = decision;
    const wasUp = end.upForMs !== null;
    this.#options.onEvent({ kind: 'ended', name, how, waitMs: delayMs, wasUp, ordered });
    try {
      await this.#sleep(delayMs, entry.abort.signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Waits while the part is held; whether it is to be started then. */
  async #untilReleased(entry: Entry): Promise<boolean> {
    if (entry.hold === null) return true;
    this.#setState(entry, 'held');
    const { signal } = entry.abort;
    const given = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => given.resolve(), { once: true });
    await Promise.race([entry.hold.promise, given.promise]);
    return !signal.aborted;
  }

  /** Waits for what the part needs; whether it is to be started then. */
  async #untilNeedsAreUp({ part, abort }: Entry): Promise<boolean> {
    const given = Promise.withResolvers<void>();
    abort.signal.addEventListener('abort', () => given.resolve(), { once: true });
    const needs = (part.needs ?? []).filter((name) => this.#entries.has(name));
    const up = Promise.allSettled(needs.map((name) => this.untilUp(name)));
    await Promise.race([up, given.promise]);
    return !abort.signal.aborted;
  }

  async #startAgain(entry: Entry): Promise<ServerProcess | null> {
    try {
      return await this.#start(entry, entry.part.start);
    } catch {
      return null;
    }
  }

  async #stop(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.state === 'down') return;
    entry.abort.abort();
    // A stopped process does not hear SIGTERM.
    if (entry.state === 'paused') entry.process?.signal('SIGCONT');
    this.#setState(entry, 'stopping');
    await entry.process?.stop();
    await entry.done;
    entry.process = null;
    this.#setState(entry, 'down');
  }

  #setState(entry: Entry, state: PartState): void {
    entry.state = state;
    for (const watcher of [...entry.watchers]) watcher();
  }

  #running(name: string): (Entry & { readonly process: ServerProcess }) | null {
    const entry = this.#entries.get(name);
    const runs = entry?.state === 'up' || entry?.state === 'paused';
    return entry?.process != null && runs
      ? (entry as Entry & { readonly process: ServerProcess })
      : null;
  }
}
