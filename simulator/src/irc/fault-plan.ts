/** Faults that come by themselves while lines are played, at times that the seed fixes. */
import type { FaultOrder } from '../core/faults.ts';
import type { SeededRandom } from '../core/seeded-random.ts';

export interface FaultPlanOptions {
  readonly plan: readonly { readonly order: FaultOrder; readonly everyMs: number }[];
  readonly random: SeededRandom;
  readonly perform: (order: FaultOrder) => number;
}

export class FaultPlan {
  readonly #options: FaultPlanOptions;
  readonly #timers = new Map<FaultOrder, NodeJS.Timeout>();

  constructor(options: FaultPlanOptions) {
    this.#options = options;
  }

  start(): void {
    for (const { order, everyMs } of this.#options.plan) this.#arm(order, everyMs);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Between half and one and a half times the mean. */
  #arm(order: FaultOrder, everyMs: number): void {
    const { random, perform } = this.#options;
    const waitMs = everyMs * (0.5 + random.fraction());
    const timer = setTimeout(() => {
      perform(order);
      this.#arm(order, everyMs);
    }, waitMs);
    this.#timers.set(order, timer);
  }
}
