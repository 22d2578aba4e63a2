/**
 * What the simulated processes ask of the outside: each call is an operation that the scheduler
 * carries out and answers when it likes, in any order, and whose fate it decides.
 */
import type { Host } from './virtual-time.ts';

/**
 * What becomes of an operation. `refused`: not done, and an error says so. `lost`: done, but the
 * answer is an error. `late`: the answer is an error, and it is done afterwards. `torn`: a part of
 * it is done, then comes an error.
 */
export type Fate = 'refused' | 'lost' | 'late' | 'torn';

/** Something asked of the outside. */
export interface Operation {
  readonly id: number;
  readonly host: Host;
  /** What it is, for traces. */
  readonly label: string;
  readonly fate: Fate | null;
  /** When it was asked for, wall milliseconds. */
  readonly atMs: number;
  /** It is not done before: some are slow. */
  readonly fromMs: number;
}

interface Call extends Operation {
  /** `share`: how much of it is done, 1 for all. */
  readonly apply: (share: number) => unknown;
  readonly failure: () => Error;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  outcome: { value: unknown } | { error: unknown } | null;
  isAnswered: boolean;
}

export interface CallOptions<T> {
  readonly host: Host;
  readonly label: string;
  readonly apply: (share: number) => T;
  /** What the caller is told when the operation fails. */
  readonly failure: () => Error;
}

export interface WireOptions {
  /** By the number of the operation, from 0. */
  readonly fates: ReadonlyMap<number, Fate>;
  /** In [0, 1): how much of a torn operation is done. */
  readonly random: () => number;
  readonly nowMs: () => number;
  /** How long an operation takes at least; mostly nothing. */
  readonly delayMs: () => number;
}

export class Wire {
  readonly #waiting: Call[] = [];
  readonly #answers: Call[] = [];
  readonly #fates: ReadonlyMap<number, Fate>;
  readonly #random: () => number;
  readonly #nowMs: () => number;
  readonly #delayMs: () => number;
  #calls = 0;

  constructor({ fates, random, nowMs, delayMs }: WireOptions) {
    this.#fates = fates;
    this.#random = random;
    this.#nowMs = nowMs;
    this.#delayMs = delayMs;
  }

  /** Operations so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Asks for something; resolves when the scheduler answers. */
  call<T>({ host, label, apply, failure }: CallOptions<T>): Promise<T> {
    const id = this.#calls;
    this.#calls += 1;
    // Nothing that a killed process still says reaches anybody.
    if (host.state === 'gone') return new Promise(() => undefined);
    return new Promise<T>((resolve, reject) => {
      const fate = this.#fates.get(id) ?? null;
      const told = resolve as (value: unknown) => void;
      const atMs = this.#nowMs();
      const fromMs = atMs + this.#delayMs();
      const call = { id, host, label, fate, atMs, fromMs, apply, failure, resolve: told, reject };
      this.#waiting.push({ ...call, outcome: null, isAnswered: false });
    });
  }

  /** Operations that may be carried out now: also those of processes that are paused or gone. */
  waiting(): readonly Operation[] {
    const nowMs = this.#nowMs();
    return this.#waiting.filter(({ fromMs }) => fromMs <= nowMs);
  }

  /** When the next slow operation may be carried out; null when none is slow. */
  nextDueMs(): number | null {
    const nowMs = this.#nowMs();
    const slow = this.#waiting.filter(({ fromMs }) => fromMs > nowMs);
    return slow.length === 0 ? null : Math.min(...slow.map(({ fromMs }) => fromMs));
  }

  /** The answers that somebody is there to hear. */
  answerable(): Operation[] {
    return this.#answers.filter(({ host }) => host.state === 'up');
  }

  /** Carries an operation out, as its fate will have it. */
  carryOut(operation: Operation): void {
    const call = operation as Call;
    const { fate } = call;
    if (fate === 'late' && !call.isAnswered) {
      call.isAnswered = true;
      this.#answer({ ...call, outcome: { error: call.failure() } });
      return;
    }
    this.#waiting.splice(this.#waiting.indexOf(call), 1);
    if (fate !== 'refused') this.#apply(call);
    if (fate !== null) call.outcome = { error: call.failure() };
    if (!call.isAnswered) this.#answer(call);
  }

  /** Tells the caller; gives who that is. */
  answer(operation: Operation): Host {
    const call = operation as Call;
    this.#answers.splice(this.#answers.indexOf(call), 1);
    const { outcome } = call;
    if (outcome !== null && 'value' in outcome) call.resolve(outcome.value);
    else call.reject(outcome?.error);
    return call.host;
  }

  /** A process is gone: some of what it asked for is still on its way, the rest never arrives. */
  forget(host: Host, survives: () => boolean): void {
    keepWhere(this.#answers, (call) => call.host !== host);
    keepWhere(this.#waiting, (call) => call.host !== host || survives());
    for (const call of this.#waiting) if (call.host === host) call.isAnswered = true;
  }

  #apply(call: Call): void {
    try {
      call.outcome = { value: call.apply(call.fate === 'torn' ? this.#random() : 1) };
    } catch (error) {
      call.outcome = { error };
    }
  }

  #answer(call: Call): void {
    if (call.host.state !== 'gone') this.#answers.push(call);
  }
}

function keepWhere<T>(items: T[], isKept: (item: T) => boolean): void {
  items.splice(0, items.length, ...items.filter(isKept));
}
