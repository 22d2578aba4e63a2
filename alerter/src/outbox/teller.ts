/** Puts the alerts of episodes into the outbox and has them sent at once. */
import type { Alert } from '../core/alert.ts';
import { claim, newEntry, type OutboxEntry } from '../core/outbox.ts';
import type { Firing } from '../core/partition-fold.ts';
import type { RuleBook } from '../core/rule-book.ts';
import { lookupOf, route, type Routed } from '../core/stages.ts';
import type { OutboxHealth } from './outbox-health.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { Reservation, Sender } from './sender.ts';

export interface TellerOptions {
  readonly store: Pick<OutboxStore, 'insert' | 'known'>;
  readonly health: OutboxHealth;
  readonly sender: Pick<Sender, 'reserve' | 'wake'>;
  /** The rules in force now. */
  readonly book: () => RuleBook;
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
    const { store, health, book, nowMs, told } = this.#options;
    const known = await health.watch(() => store.known(firings.map(lookupOf)));
    const rules = book();
    const isInForce = rules.has.bind(rules);
    const routed = route(firings, { isInForce, known, nowMs: nowMs() });
    told(firings, routed, await this.#insert(routed.alerts));
  }

  /** Gives the ids that were new. */
  async #insert(alerts: readonly Alert[]): Promise<ReadonlySet<string>> {
    if (alerts.length === 0) return new Set();
    const { store, health, sender } = this.#options;
    const reservation = sender.reserve(alerts.length);
    const entries = entriesOf(alerts, reservation);
    let launched: readonly OutboxEntry[] = [];
    try {
      const inserted = await health.watch(() => store.insert(entries));
      const mine = entries.slice(0, reservation.count);
      launched = mine.filter(({ _id }) => inserted.has(_id));
      if (inserted.size > launched.length) sender.wake();
      return inserted;
    } finally {
      // Of an insert that failed nobody knows what is in: once their leases are over such entries
      // are taken over like those of a process that died.
      reservation.launch(launched);
    }
  }
}

/** The first ones claimed already, for those sends that are free. */
function entriesOf(
  alerts: readonly Alert[],
  { count, owner, term }: Reservation,
): readonly OutboxEntry[] {
  return alerts.map((alert, index) => {
    const entry = newEntry(alert);
    return index < count ? { ...entry, ...claim(entry.attempts, owner, term.untilMs) } : entry;
  });
}
