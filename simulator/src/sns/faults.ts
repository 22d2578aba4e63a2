import { createHash } from 'node:crypto';

import { z } from 'zod';

/**
 * What can go wrong with a request.
 *
 * - `throttle`: refused because of its rate; nothing happens.
 * - `fail`: answered with 500; nothing happens.
 * - `refuse`: answered as if the credentials were wrong; nothing happens.
 * - `hang`: never answered; nothing happens.
 * - `lose`: done, but the connection is reset instead of an answer. Whoever tries again repeats it.
 */
export const faultKinds = ['throttle', 'fail', 'refuse', 'hang', 'lose'] as const;

/** See {@link faultKinds}. */
export type FaultKind = (typeof faultKinds)[number];

const count = z.number().int().nonnegative();
const rate = z.number().min(0).max(1);

/** The plan as it comes over HTTP; what is left out stays as it is. */
export const faultPlanSchema = z
  .strictObject({
    /** How many of the next requests to spoil, by kind, in the order of {@link faultKinds}. */
    next: z
      .strictObject({ throttle: count, fail: count, refuse: count, hang: count, lose: count })
      .partial(),
    /** Share of all later requests to spoil, by kind; together at most 1. */
    rates: z
      .strictObject({ throttle: rate, fail: rate, refuse: rate, hang: rate, lose: rate })
      .partial(),
    /** Wall ms that every request waits before anything else happens. */
    latencyMs: z.number().int().min(0).max(600_000),
    /** Names of the actions to spoil (`Publish` ...); empty = all. */
    actions: z.array(z.string()),
    /** What a throttled request is told: SNS's own 429, or the 400 of AWS's front end. */
    throttleCode: z.enum(['Throttled', 'Throttling']),
  })
  .partial();

/** A change of plan; see {@link faultPlanSchema}. */
export type FaultPlanChange = z.infer<typeof faultPlanSchema>;

/** The faults in force; see {@link faultPlanSchema} for the fields. */
export type FaultPlan = {
  readonly next: Readonly<Partial<Record<FaultKind, number | undefined>>>;
  readonly rates: Readonly<Partial<Record<FaultKind, number | undefined>>>;
  readonly latencyMs: number;
  readonly actions: readonly string[];
  readonly throttleCode: 'Throttled' | 'Throttling';
};

const noFaults: FaultPlan = {
  next: {},
  rates: {},
  latencyMs: 0,
  actions: [],
  throttleCode: 'Throttled',
};

/** Spoils requests as it is told; by chance only as its seed decides. */
export class Faults {
  readonly #seed: number;
  readonly #injected: Record<FaultKind, number>;
  #draws = 0;
  #plan: FaultPlan = noFaults;

  constructor(seed: number) {
    this.#seed = seed;
    this.#injected = { throttle: 0, fail: 0, refuse: 0, hang: 0, lose: 0 };
  }

  get plan(): FaultPlan {
    return this.#plan;
  }

  /** Requests spoiled so far. */
  get injected(): Readonly<Record<FaultKind, number>> {
    return { ...this.#injected };
  }

  /** Changes the members given and leaves the others. `next` and `rates` are replaced whole. */
  set(change: FaultPlanChange): void {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    this.#plan = { ...this.#plan, ...Object.fromEntries(given) };
  }

  /** No faults from now on. */
  clear(): void {
    this.#plan = noFaults;
  }

  /** What is to go wrong with this request, if anything. */
  draw(action: string): FaultKind | undefined {
    if (!this.#concerns(action)) return undefined;
    const kind = this.#takeNext() ?? this.#takeByChance();
    if (kind !== undefined) this.#injected[kind] += 1;
    return kind;
  }

  /** Wall ms this request has to wait. */
  latencyMs(action: string): number {
    return this.#concerns(action) ? this.#plan.latencyMs : 0;
  }

  #concerns(action: string): boolean {
    return this.#plan.actions.length === 0 || this.#plan.actions.includes(action);
  }

  #takeNext(): FaultKind | undefined {
    const { next } = this.#plan;
    const kind = faultKinds.find((each) => (next[each] ?? 0) > 0);
    if (kind === undefined) return undefined;
    this.#plan = { ...this.#plan, next: { ...next, [kind]: (next[kind] ?? 0) - 1 } };
    return kind;
  }

  #takeByChance(): FaultKind | undefined {
    const { rates } = this.#plan;
    if (Object.keys(rates).length === 0) return undefined;
    let left = this.#random();
    return faultKinds.find((kind) => {
      left -= rates[kind] ?? 0;
      return left < 0;
    });
  }

  /** Uniform in [0, 1): a hash of the seed and the number of the draw. */
  #random(): number {
    this.#draws += 1;
    const digest = createHash('sha256').update(`${String(this.#seed)}:${String(this.#draws)}`);
    return digest.digest().readUInt32BE(0) / 2 ** 32;
  }
}
