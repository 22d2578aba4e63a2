/**
 * Sends what is due, so many at a time, and writes down what came of it.
 *
 * Order of effects: claim (journaled), send, settle (journaled). A new alert is put into the outbox
 * as claimed already where a send is free (`reserve`), which saves it one journaled write. What may
 * be repeated after a crash is a send in flight; what may not be lost is anything.
 *
 * Right before the provider is told the lease is looked at once more: a process that stood still,
 * or whose database did, may wake long after it (`lease.ts`). What other holders left is taken over
 * only when the database has been answering for a while (`outbox-health.ts`): without a kill
 * nothing is sent twice, however long the database was away.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { OutboxEntry, Progress, RetryPolicy } from '../core/outbox.ts';
import { settle } from '../core/outbox.ts';
import type { Notifier, SendResult } from '../notifiers/notifier.ts';
import { mayBegin, newTerm, type LeaseClock, type LeaseTerm } from './lease.ts';
import type { OutboxHealth } from './outbox-health.ts';
import type { OutboxStore } from './outbox-store.ts';

export interface SenderOptions {
  readonly store: Pick<OutboxStore, 'claimNext' | 'renew' | 'settle'>;
  readonly health: OutboxHealth;
  readonly notifier: Notifier;
  readonly policy: RetryPolicy;
  /** Names this process in leases; no other process ever has the same. */
  readonly owner: string;
  readonly inFlightMax: number;
  readonly leaseMs: number;
  /** How often to look for what became due by the passing of time. */
  readonly pollIntervalMs: number;
  readonly clock: LeaseClock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: SenderEvents;
  /** The notifier broke its promise never to reject: the process should end. */
  readonly onBug: (error: Error) => void;
}

export interface SenderEvents {
  /** A try is over. */
  attempted(entry: OutboxEntry, result: SendResult, change: Partial<Progress>): void;
  /** An entry was not sent, because the lease on it is over or about to be. */
  leaseLost(entry: OutboxEntry): void;
  /** Somebody else took an entry over before it was written down what came of the send. */
  overtaken(entry: OutboxEntry): void;
  /** The outbox did not answer. */
  outboxFailed(error: unknown): void;
}

/** Sends that are kept free for alerts about to be put into the outbox. */
export interface Reservation {
  /** Alerts that may be put in as claimed. */
  readonly count: number;
  readonly owner: string;
  readonly term: LeaseTerm;
  /** Sends those that were put in as claimed. Call it once, also with none. */
  launch(entries: readonly OutboxEntry[]): void;
}

/** A send, from the claim to the end. */
interface Flight {
  readonly entry: OutboxEntry;
  term: LeaseTerm;
  done: Promise<void>;
}

/** How long to wait before asking a database again that did not answer. */
const DATABASE_RETRY_MS = 250;
/** Tries to write an outcome down once stopping has begun: the lease then hands it on. */
const STOPPING_TRIES_MAX = 8;
/** While nothing of our own is to be tried again, only every so many polls look. */
const IDLE_POLLS = 10;
/** The database has to answer for this share of a lease before anything is taken over. */
const TAKEOVER_SHARE = 1 / 4;

export class Sender {
  readonly #options: SenderOptions;
  readonly #inFlight = new Map<string, Flight>();
  readonly #stop = new AbortController();
  #reserved = 0;
  /** Nobody waits for sends any longer. */
  #isOver = false;
  #pumping: Promise<void> | null = null;
  #wanted = false;
  #poll: NodeJS.Timeout | undefined;
  #polls = 0;
  /** Until when entries of ours come due again, wall, epoch milliseconds. */
  #retriesUntilMs = 0;
  #renewal: NodeJS.Timeout | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  start(): void {
    const { pollIntervalMs, leaseMs } = this.#options;
    this.#poll = setInterval(() => this.#look(), pollIntervalMs);
    this.#renewal = setInterval(() => void this.#renew(), leaseMs / 3);
    this.wake();
  }

  /** Something became due: look now. */
  wake(): void {
    this.#wanted = true;
    if (this.#stop.signal.aborted) return;
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = null;
      if (this.#wanted && !this.#isFull) this.wake();
    });
  }

  /** Keeps up to `wanted` sends free for alerts that are about to be put into the outbox. */
  reserve(wanted: number): Reservation {
    const { owner, clock, leaseMs, inFlightMax } = this.#options;
    const free = this.#stop.signal.aborted ? 0 : inFlightMax - this.inFlight - this.#reserved;
    const count = Math.max(0, Math.min(wanted, free));
    const term = newTerm(clock, leaseMs);
    this.#reserved += count;
    return {
      count,
      owner,
      term,
      launch: (entries) => {
        this.#reserved -= count;
        // A send for which nobody waits could be cut off in the middle: its lease hands it on.
        if (this.#isOver) return;
        for (const entry of entries) this.#launch(entry, term);
        if (this.#wanted) this.wake();
      },
    };
  }

  /** Sends in flight now. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Claims nothing more and waits for the sends in flight. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#poll);
    await this.#pumping;
    // An insert that answers late launches some more meanwhile.
    while (this.#inFlight.size > 0) {
      await Promise.all([...this.#inFlight.values()].map(({ done }) => done));
    }
    this.#isOver = true;
    clearInterval(this.#renewal);
  }

  get #isFull(): boolean {
    return this.inFlight + this.#reserved >= this.#options.inFlightMax;
  }

  // An idle outbox costs next to nothing: what comes new wakes us, and what we try again is known.
  #look(): void {
    const { clock, pollIntervalMs, health } = this.#options;
    this.#polls += 1;
    const isExpecting = clock.nowMs() < this.#retriesUntilMs + 2 * pollIntervalMs;
    if (isExpecting || health.isFailing || this.#polls % IDLE_POLLS === 0) this.wake();
  }

  async #pump(): Promise<void> {
    this.#wanted = false;
    while (!this.#isFull && !this.#stop.signal.aborted) {
      try {
        const claimed = await this.#claim();
        if (claimed === null) return;
        this.#launch(claimed.entry, claimed.term);
      } catch (error) {
        this.#options.events.outboxFailed(error);
        return;
      }
    }
    this.#wanted = true;
  }

  // What is being claimed has its place: nobody else may reserve that meanwhile.
  async #claim(): Promise<{ entry: OutboxEntry; term: LeaseTerm } | null> {
    const { store, owner, clock, leaseMs, health } = this.#options;
    // While the database is away leases end with their sends in hand: those are not abandoned.
    const except = [...this.#inFlight.keys()];
    const takesOver = health.wellForMs >= leaseMs * TAKEOVER_SHARE;
    const term = newTerm(clock, leaseMs);
    const wanted = { untilMs: term.untilMs, except, takesOver };
    this.#reserved += 1;
    try {
      const entry = await health.watch(() => store.claimNext(owner, clock.nowMs(), wanted));
      return entry === null ? null : { entry, term };
    } finally {
      this.#reserved -= 1;
    }
  }

  #launch(entry: OutboxEntry, term: LeaseTerm): void {
    const flight: Flight = { entry, term, done: Promise.resolve() };
    this.#inFlight.set(entry._id, flight);
    flight.done = this.#deliver(flight)
      .catch(this.#options.onBug)
      .finally(() => {
        this.#inFlight.delete(entry._id);
        if (this.#wanted) this.wake();
      });
  }

  async #deliver(flight: Flight): Promise<void> {
    const { notifier, clock, leaseMs, random, policy, events } = this.#options;
    const { entry } = flight;
    const mayTell = (): boolean => mayBegin(flight.term, leaseMs, clock);
    if (!mayTell()) return events.leaseLost(entry);
    const alert = {
      alertId: entry._id,
      destination: entry.destination,
      subject: entry.subject,
      body: entry.body,
      smsText: entry.smsText,
      attributes: { ruleId: entry.ruleId, channelId: entry.channelId },
    };
    const result = await notifier.send(alert, mayTell);
    if (result.outcome === 'withheld') return events.leaseLost(entry);
    const change = settle(entry, result, policy, { nowMs: clock.nowMs(), random: random() });
    events.attempted(entry, result, change);
    if (change.state === 'due') this.#expect(change.nextAttemptAtMs ?? 0);
    await this.#settle(entry, change);
  }

  #expect(atMs: number): void {
    this.#retriesUntilMs = Math.max(this.#retriesUntilMs, atMs);
  }

  // What is not written down is sent again, so the database is asked until it answers.
  async #settle(entry: OutboxEntry, change: Partial<Progress>): Promise<void> {
    const { store, health, events } = this.#options;
    for (let triesLeft = STOPPING_TRIES_MAX; triesLeft > 0;) {
      try {
        if (!(await health.watch(() => store.settle(entry, change)))) events.overtaken(entry);
        return;
      } catch (error) {
        events.outboxFailed(error);
        if (this.#stop.signal.aborted) triesLeft -= 1;
        await delay(DATABASE_RETRY_MS);
      }
    }
  }

  async #renew(): Promise<void> {
    const { store, owner, clock, leaseMs, events, health } = this.#options;
    const flights = [...this.#inFlight.values()];
    if (flights.length === 0) return;
    const ids = flights.map(({ entry }) => entry._id);
    const term = newTerm(clock, leaseMs);
    try {
      const renewed = await health.watch(() => store.renew(owner, ids, term.untilMs));
      // Where some are not ours any more, or settled meanwhile, it is not known which: the old
      // terms stand, which at worst puts a send off.
      if (renewed === ids.length) for (const flight of flights) flight.term = term;
    } catch (error) {
      events.outboxFailed(error);
    }
  }
}
