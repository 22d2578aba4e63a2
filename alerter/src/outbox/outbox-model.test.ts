/**
 * The way from an episode to the provider, killed between any two effects, paused, and with the
 * database away: nothing is lost, and only what was in flight is repeated. Processes are generators
 * that stop before each effect; a schedule drawn by the test says who runs on, who is killed, who
 * is left for later (a zombie), and when the database does not answer.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../core/alert.ts';
import {
  claim,
  isClaimable,
  newEntry,
  settle,
  type OutboxEntry,
  type RetryPolicy,
  type TryResult,
} from '../core/outbox.ts';
import { mayBegin, newTerm, type LeaseClock, type LeaseTerm } from './lease.ts';

const LEASE_MS = 12;
const RENEWAL_MS = LEASE_MS / 3;
/** So long the database has to answer before anything is taken over. */
const GRACE_MS = LEASE_MS / 4;
const POLICY: RetryPolicy = {
  backoff: { initialMs: 2, maxMs: 8, factor: 2 },
  attemptsMax: 1_000,
  ageMaxMs: 1_000_000,
};

type Behaviour = 'accepted' | 'throttled' | 'lost';

/** What outlives every process. */
class World {
  nowMs = 0;
  isDatabaseAway = false;
  readonly outbox = new Map<string, OutboxEntry>();
  /** Times that the provider accepted an alert. */
  readonly accepted = new Map<string, number>();
  /** The snapshot: episodes of the log that are surely in the outbox. */
  saved = 0;
  /** What the provider does next; `accepted` when there is nothing left. */
  readonly provider: Behaviour[];
  lostAnswers = 0;
  readonly clock: LeaseClock = { nowMs: () => this.nowMs, steadyMs: () => this.nowMs };

  constructor(provider: readonly Behaviour[]) {
    this.provider = [...provider];
  }

  publish(id: string): TryResult {
    const behaviour = this.provider.shift() ?? 'accepted';
    if (behaviour === 'throttled') return { outcome: 'retry', reason: 'throttled' };
    this.accepted.set(id, (this.accepted.get(id) ?? 0) + 1);
    if (behaviour === 'accepted') return { outcome: 'accepted', providerMessageId: id };
    this.lostAnswers += 1;
    return { outcome: 'retry', reason: 'timeout' };
  }
}

/** A process with one send in flight at most. */
class Process {
  readonly #world: World;
  readonly #owner: string;
  readonly #steps: Generator;
  #flight: { id: string; term: LeaseTerm } | null = null;
  wellSinceMs: number;

  constructor(world: World, owner: string, log: readonly string[] | null) {
    this.#world = world;
    this.#owner = owner;
    this.wellSinceMs = world.nowMs;
    this.#steps = log === null ? this.#send() : this.#evaluate(log);
  }

  /** One effect more. */
  run(): void {
    this.#steps.next();
  }

  /** What a timer does while the process lives. */
  renew(): void {
    const { outbox, isDatabaseAway, clock } = this.#world;
    if (this.#flight === null || isDatabaseAway) return;
    const entry = outbox.get(this.#flight.id);
    if (entry?.lease?.owner !== this.#owner) return;
    const term = newTerm(clock, LEASE_MS);
    outbox.set(entry._id, { ...entry, lease: { owner: this.#owner, untilMs: term.untilMs } });
    this.#flight.term = term;
  }

  /** Reads the log from the snapshot on; puts alerts into the outbox, claimed, and sends them. */
  *#evaluate(log: readonly string[]): Generator {
    const world = this.#world;
    for (let next = world.saved; ;) {
      const id = log[next];
      if (id !== undefined) {
        const term = newTerm(world.clock, LEASE_MS);
        yield 'insert';
        if (world.isDatabaseAway) continue;
        next += 1;
        if (!world.outbox.has(id)) {
          const alert = { _id: id, createdAtMs: world.nowMs } as Alert;
          const entry = { ...newEntry(alert), ...claim(0, this.#owner, term.untilMs) };
          world.outbox.set(id, entry);
          yield* this.#deliver(entry, term);
        }
      }
      yield 'save';
      // A zombie's snapshot is fenced; here it is enough that it never goes back.
      if (!world.isDatabaseAway) world.saved = Math.max(world.saved, next);
    }
  }

  *#send(): Generator {
    const world = this.#world;
    for (;;) {
      const term = newTerm(world.clock, LEASE_MS);
      yield 'claim';
      if (world.isDatabaseAway) continue;
      const takesOver = world.nowMs - this.wellSinceMs >= GRACE_MS;
      const found = [...world.outbox.values()].find(
        (entry) => isClaimable(entry, world.nowMs) && (takesOver || entry.state === 'due'),
      );
      if (found === undefined) continue;
      const claimed = { ...found, ...claim(found.attempts, this.#owner, term.untilMs) };
      world.outbox.set(found._id, claimed);
      yield* this.#deliver(claimed, term);
    }
  }

  *#deliver(claimed: OutboxEntry, term: LeaseTerm): Generator {
    const world = this.#world;
    const flight = { id: claimed._id, term };
    this.#flight = flight;
    yield 'send';
    if (mayBegin(flight.term, LEASE_MS, world.clock)) {
      const result = world.publish(claimed._id);
      do yield 'settle';
      while (world.isDatabaseAway);
      this.#settle(claimed, result);
    }
    this.#flight = null;
  }

  #settle(claimed: OutboxEntry, result: TryResult): void {
    const { outbox, nowMs } = this.#world;
    const now = outbox.get(claimed._id);
    const isMine = now?.state === 'sending' && now.attempts === claimed.attempts;
    if (!isMine || now.lease?.owner !== this.#owner) return;
    const change = settle(claimed, result, POLICY, { nowMs, random: 0.5 });
    outbox.set(claimed._id, { ...now, ...change });
  }
}

type Step =
  { do: 'run' | 'kill' | 'abandon'; process: number } | { do: 'wait' | 'outage'; ms: number };

const onProcess = <T extends string>(name: T) =>
  fc.record({ do: fc.constant(name), process: fc.nat(3) });
const forTime = <T extends string>(name: T, msMax: number) =>
  fc.record({ do: fc.constant(name), ms: fc.nat(msMax) });
const going = [
  { weight: 8, arbitrary: onProcess('run') },
  { weight: 2, arbitrary: forTime('wait', 40) },
  { weight: 1, arbitrary: forTime('outage', 60) },
];
const ending = [
  { weight: 1, arbitrary: onProcess('kill') },
  { weight: 1, arbitrary: onProcess('abandon') },
];
const kindly: fc.Arbitrary<Step[]> = fc.array(fc.oneof(...going), { maxLength: 100 });
const roughly: fc.Arbitrary<Step[]> = fc.array(fc.oneof(...going, ...ending), { maxLength: 200 });
const behaviours = fc.array(fc.constantFrom<Behaviour>('accepted', 'throttled', 'lost'), {
  maxLength: 20,
});

/** Two processes that evaluate and two that only send, under a schedule. */
class Run {
  readonly world: World;
  readonly #log: readonly string[];
  readonly #zombies: Process[] = [];
  readonly #processes: Process[];
  #owners = 0;
  /** Processes that were killed, or paused for long. */
  ended = 0;

  constructor(log: readonly string[], provider: readonly Behaviour[]) {
    this.#log = log;
    this.world = new World(provider);
    this.#processes = Array.from({ length: 4 }, (_, index) => this.#start(index));
  }

  take(step: Step): void {
    if ('ms' in step) return step.do === 'wait' ? this.#wait(step.ms) : this.#outage(step.ms);
    const process = this.#processes[step.process]!;
    if (step.do === 'run') return process.run();
    this.ended += 1;
    // A zombie goes on when everything else is long over.
    if (step.do === 'abandon') this.#zombies.push(process);
    this.#processes[step.process] = this.#start(step.process);
  }

  finish(): void {
    for (let turn = 0; turn < 200; turn += 1) {
      this.#wait(3);
      for (const process of [...this.#processes, ...this.#zombies]) process.run();
    }
  }

  #start(index: number): Process {
    this.#owners += 1;
    return new Process(this.world, `owner-${this.#owners}`, index < 2 ? this.#log : null);
  }

  #wait(ms: number): void {
    for (let left = ms; left > 0; left -= RENEWAL_MS) {
      this.world.nowMs += Math.min(left, RENEWAL_MS);
      for (const process of this.#processes) process.renew();
    }
  }

  // Processes go on meanwhile; when it is over each of them gets its word in before the grace ends.
  #outage(ms: number): void {
    this.world.isDatabaseAway = true;
    for (const process of this.#processes) process.run();
    this.#wait(ms);
    for (const process of this.#processes) process.run();
    this.world.isDatabaseAway = false;
    for (const process of this.#processes) process.wellSinceMs = this.world.nowMs;
    // Those that have nothing in flight are first to look for what they might take over.
    for (const process of this.#processes.toReversed()) process.run();
  }
}

const LOG = ['a', 'b', 'c', 'd'];

/** Runs a schedule to the end; gives the repeats that nothing explains. */
function unexplainedRepeats(schedule: readonly Step[], provider: readonly Behaviour[]): number {
  const run = new Run(LOG, provider);
  for (const step of schedule) run.take(step);
  run.finish();
  const { outbox, accepted, lostAnswers } = run.world;
  for (const id of LOG) {
    assert.equal(outbox.get(id)?.state, 'sent', `${id} is not sent`);
    assert.ok((accepted.get(id) ?? 0) >= 1, `${id} was lost`);
  }
  const sent = [...accepted.values()].reduce((a, b) => a + b, 0);
  return sent - LOG.length - run.ended - lostAnswers;
}

describe('the outbox', () => {
  it('repeats nothing by itself, however long the database is away', () => {
    fc.assert(
      fc.property(kindly, behaviours, (schedule, provider) => {
        assert.ok(unexplainedRepeats(schedule, provider) <= 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('loses nothing and repeats only sends in flight of who was killed or stood still', () => {
    fc.assert(
      fc.property(roughly, behaviours, (schedule, provider) => {
        assert.ok(unexplainedRepeats(schedule, provider) <= 0);
      }),
      { numRuns: 1_000 },
    );
  });
});
