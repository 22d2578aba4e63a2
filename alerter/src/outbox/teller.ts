/** Puts the alerts of episodes into the outbox and has them sent at once. */
import type { Firing } from '../core/partition-fold.ts';
import type { RuleBook } from '../core/rule-book.ts';
import { lookupOf, route, type Routed } from '../core/stages.ts';
import type { OutboxStore } from './outbox-store.ts';

export interface TellerOptions {
  readonly store: Pick<OutboxStore, 'insert' | 'known'>;
  /** The rules in force now. */
  readonly book: () => RuleBook;
  /** New alerts are due. */
  readonly wake: () => void;
  readonly nowMs: () => number;
  readonly told: (
    firings: readonly Firing[],
    routed: Routed,
    inserted: ReadonlySet<string>,
  ) => void;
}

/** Firings looked up at once: catching up after an outage may bring thousands. */
const FIRINGS_MAX = 100;

export class Teller {
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** Durable when it resolves; after a rejection call it again with the same firings. */
  async tell(firings: readonly Firing[]): Promise<void> {
    for (let from = 0; from < firings.length; from += FIRINGS_MAX) {
      await this.#tell(firings.slice(from, from + FIRINGS_MAX));
    }
  }

  async #tell(firings: readonly Firing[]): Promise<void> {
    const { store, book, wake, nowMs, told } = this.#options;
    const known = await store.known(firings.map(lookupOf));
    const rules = book();
    const isInForce = rules.has.bind(rules);
    const routed = route(firings, { isInForce, known, nowMs: nowMs() });
    const inserted = await store.insert(routed.alerts);
    if (inserted.size > 0) wake();
    told(firings, routed, inserted);
  }
}
