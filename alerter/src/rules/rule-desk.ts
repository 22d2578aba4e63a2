/**
 * Keeps the rules in force what the database says: reads them again and again, has their phrases
 * counted, their destinations made ready, and hands them to whoever evaluates them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CounterDesk } from './counter-desk.ts';
import type { DestinationDesk } from './destination-desk.ts';
import type { RuleSet, RuleSource } from './rule-source.ts';

export interface RuleDeskOptions {
  readonly source: RuleSource;
  readonly counters: CounterDesk;
  readonly destinations: DestinationDesk;
  readonly refreshMs: number;
  /** How long the first round waits for destinations. */
  readonly prepareTimeoutMs: number;
  readonly onChange: (rules: RuleSet) => void;
  readonly events: RuleDeskEvents;
}

export interface RuleDeskEvents {
  rulesChanged(rules: number): void;
  rulesUnread(error: unknown): void;
  countersUnwritten(error: unknown): void;
  destinationsPrepared(facts: { inTime: boolean }): void;
}

export class RuleDesk {
  readonly #options: RuleDeskOptions;
  readonly #stop = new AbortController();
  readonly #missing = new Set(['rules', 'counters', 'destinations']);
  /** Counters are to be looked after again with the rules as they are read next. */
  #hasCountersLeft = false;
  #loop: Promise<void> = Promise.resolve();
  #preparing: Promise<void> | null = null;

  constructor(options: RuleDeskOptions) {
    this.#options = options;
  }

  /** What a first round has not done yet: `rules`, `counters`, `destinations`. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  /** Reads the rules for the first time; resolves when they are in force and all is prepared. */
  async start(): Promise<void> {
    while (this.#missing.has('rules') || this.#missing.has('counters')) {
      await this.#round();
      if (this.#stop.signal.aborted) return;
      if (this.#missing.has('rules') || this.#missing.has('counters')) await this.#pause();
    }
    await this.#firstPreparation();
    this.#loop = this.#keepOn();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await this.#preparing;
  }

  async #keepOn(): Promise<void> {
    for (;;) {
      await this.#pause();
      if (this.#stop.signal.aborted) return;
      await this.#round();
      void this.#prepare();
    }
  }

  async #round(): Promise<void> {
    const { source, events, onChange } = this.#options;
    try {
      const changed = await source.refresh();
      if (changed || this.#missing.has('rules')) {
        onChange(source.current);
        events.rulesChanged(source.current.book.rules.length);
      }
      this.#missing.delete('rules');
      if (changed) this.#missing.add('counters');
    } catch (error) {
      events.rulesUnread(error);
      return;
    }
    if (this.#missing.has('counters') || this.#hasCountersLeft) await this.#ensureCounters();
  }

  async #ensureCounters(): Promise<void> {
    const { source, counters, events } = this.#options;
    try {
      const { book, readAtMs } = source.current;
      this.#hasCountersLeft = !(await counters.ensure(book.phrases, readAtMs));
      this.#missing.delete('counters');
    } catch (error) {
      events.countersUnwritten(error);
    }
  }

  // One round at a time; what a round could not do, the next one does.
  #prepare(): Promise<void> {
    const { destinations, source } = this.#options;
    const { book, themes } = source.current;
    this.#preparing ??= destinations.prepare(book.rules, themes, this.#stop.signal).finally(() => {
      this.#preparing = null;
    });
    return this.#preparing;
  }

  async #firstPreparation(): Promise<void> {
    const { prepareTimeoutMs, events } = this.#options;
    const waited = new AbortController();
    const inTime = await Promise.race([
      this.#prepare().then(() => true),
      delay(prepareTimeoutMs, false, { signal: waited.signal }).catch(() => false),
    ]);
    waited.abort();
    this.#missing.delete('destinations');
    events.destinationsPrepared({ inTime });
  }

  async #pause(): Promise<void> {
    await delay(this.#options.refreshMs, undefined, { signal: this.#stop.signal }).catch(() => {
      // Stopping: no need to wait on.
    });
  }
}
