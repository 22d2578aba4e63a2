/**
 * Sends what is due, so many at a time, and writes down what came of it.
 *
 * Order of effects: claim (journaled), send, settle (journaled). What may be repeated after a
 * crash is a send in flight; what may not be lost is anything. Before the send the lease is looked
 * at once more, because a process that was stopped in between may wake long after it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { OutboxEntry, Progress, RetryPolicy } from '../core/outbox.ts';
import { holdsLease, settle } from '../core/outbox.ts';
import type { Notifier, SendResult } from '../notifiers/notifier.ts';
import type { OutboxStore } from './outbox-store.ts';

export interface SenderOptions {
  readonly store: Pick<OutboxStore, 'claimNext' | 'renew' | 'settle'>;
  readonly notifier: Notifier;
  readonly policy: RetryPolicy;
  /** Names this process in leases; no other process ever has the same. */
  readonly owner: string;
  readonly inFlightMax: number;
  readonly leaseMs: number;
  /** How often to look for what became due by the passing of time. */
  readonly pollIntervalMs: number;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: SenderEvents;
  /** The notifier broke its promise never to reject: the process should end. */
  readonly onBug: (error: Error) => void;
}

export interface SenderEvents {
  /** A try is over. `settled` is false when somebody else had taken the entry over. */
  attempted(entry: OutboxEntry, result: SendResult, change: Partial<Progress>): void;
  /** An entry was claimed so late that it was given back unsent. */
  leaseLost(entry: OutboxEntry): void;
  /** The outbox did not answer. */
  outboxFailed(error: unknown): void;
}

/** How long to wait before asking a database again that did not answer. */
const DATABASE_RETRY_MS = 250;
/** Tries to write an outcome down once stopping has begun: the lease then hands it on. */
const STOPPING_TRIES_MAX = 8;

export class Sender {
  readonly #options: SenderOptions;
  readonly #inFlight = new Map<string, { entry: OutboxEntry; done: Promise<void> }>();
  readonly #stop = new AbortController();
  #pumping: Promise<void> | null = null;
  #wanted = false;
  #poll: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  start(): void {
    const { pollIntervalMs, leaseMs } = this.#options;
    this.#poll = setInterval(() => this.wake(), pollIntervalMs);
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

  /** Sends in flight now. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Claims nothing more and waits for the sends in flight. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#poll);
    await this.#pumping;
    await Promise.all([...this.#inFlight.values()].map(({ done }) => done));
    clearInterval(this.#renewal);
  }

  get #isFull(): boolean {
    return this.#inFlight.size >= this.#options.inFlightMax;
  }

  async #pump(): Promise<void> {
    const { store, owner, nowMs, leaseMs, events } = this.#options;
    this.#wanted = false;
    while (!this.#isFull && !this.#stop.signal.aborted) {
      try {
        // While the database is away leases end with their sends in hand: those are not abandoned.
        const except = [...this.#inFlight.keys()];
        const entry = await store.claimNext(owner, nowMs(), { leaseMs, except });
        if (entry === null) return;
        this.#launch(entry);
      } catch (error) {
        events.outboxFailed(error);
        return;
      }
    }
    this.#wanted = true;
  }

  #launch(entry: OutboxEntry): void {
    const done = this.#deliver(entry)
      .catch(this.#options.onBug)
      .finally(() => {
        this.#inFlight.delete(entry._id);
        if (this.#wanted) this.wake();
      });
    this.#inFlight.set(entry._id, { entry, done });
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    const { notifier, nowMs, random, policy, events } = this.#options;
    if (!holdsLease(entry, nowMs())) return events.leaseLost(entry);
    const result = await notifier.send({
      alertId: entry._id,
      destination: entry.destination,
      subject: entry.subject,
      body: entry.body,
      smsText: entry.smsText,
      attributes: { ruleId: entry.ruleId, channelId: entry.channelId },
    });
    const change = settle(entry, result, policy, { nowMs: nowMs(), random: random() });
    events.attempted(entry, result, change);
    await this.#settle(entry, change);
  }

  // What is not written down is sent again, so the database is asked until it answers.
  async #settle(entry: OutboxEntry, change: Partial<Progress>): Promise<void> {
    for (let triesLeft = STOPPING_TRIES_MAX; triesLeft > 0;) {
      try {
        await this.#options.store.settle(entry, change);
        return;
      } catch (error) {
        this.#options.events.outboxFailed(error);
        if (this.#stop.signal.aborted) triesLeft -= 1;
        await delay(DATABASE_RETRY_MS);
      }
    }
  }

  async #renew(): Promise<void> {
    const { store, owner, nowMs, leaseMs, events } = this.#options;
    const ids = [...this.#inFlight.keys()];
    if (ids.length === 0) return;
    try {
      await store.renew(owner, ids, nowMs() + leaseMs);
    } catch (error) {
      events.outboxFailed(error);
    }
  }
}
