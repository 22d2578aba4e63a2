/** Collects the first differences of each kind; counts are kept elsewhere. */
import type { Difference, DifferenceKind, RunReport } from './run-report.ts';

/** So many of each kind are kept. */
export const EXAMPLES_MAX = 20;

/** Told of every difference, with facts enough to find it. */
export type OnDifference = (kind: DifferenceKind, difference: Difference) => void;

export class Differences {
  readonly #byKind = new Map<DifferenceKind, Difference[]>();

  readonly add: OnDifference = (kind, difference) => {
    const known = this.#byKind.get(kind);
    if (known === undefined) this.#byKind.set(kind, [difference]);
    else if (known.length < EXAMPLES_MAX) known.push(difference);
  };

  /** Kinds without any are left out. */
  examples(): RunReport['examples'] {
    return Object.fromEntries(this.#byKind);
  }
}
