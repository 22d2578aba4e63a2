/**
 * The way from an episode to the provider, killed between any two effects: nothing is lost, and
 * only what was in flight is repeated. Processes are generators that stop before each effect; a
 * schedule drawn by the test says who runs on, who is killed, who is left for later (a zombie).
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from './alert.ts';
import {
  claim,
  holdsLease,
  isClaimable,
  newEntry,
  settle,
  type OutboxEntry,
  type RetryPolicy,
  type TryResult,
} from './outbox.ts';

const LEASE_MS = 10;
const POLICY: RetryPolicy = {
  backoff: { initialMs: 2, maxMs: 8, factor: 2 },
  attemptsMax: 1_000,
  ageMaxMs: 1_000_000,
};

/** What outlives every process. */
class World {
  nowMs = 0;
  readonly outbox = new Map<string, OutboxEntry>();
  /** Times that the provider accepted an alert. */
  readonly accepted = new Map<string, number>();
  /** The snapshot: episodes of the log that are surely in the outbox. */
  saved = 0;
  /** What the provider does next; `accepted` when there is nothing left. */
  readonly provider: ('accepted' | 'throttled' | 'lost')[];
  lostAnswers = 0;

  constructor(provider: readonly ('accepted' | 'throttled' | 'lost')[]) {
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

/** Reads the log from the snapshot on and puts alerts into the outbox. */
function* evaluate(world: World, log: readonly string[]): Generator {
  for (let next = world.saved; ;) {
    if (next < log.length) {
      const id = log[next]!;
      yield 'insert';
      if (!world.outbox.has(id)) {
        world.outbox.set(id, newEntry({ _id: id, createdAtMs: world.nowMs } as Alert));
      }
      next += 1;
    }
    yield 'save';
    // A zombie's snapshot is fenced; here it is enough that it never goes back.
    world.saved = Math.max(world.saved, next);
  }
}

/** One sender: one send in flight at most. */
function* send(world: World, owner: string): Generator {
  for (;;) {
    yield 'claim';
    const found = [...world.outbox.values()].find((entry) => isClaimable(entry, world.nowMs));
    if (found === undefined) continue;
    const claimed = { ...found, ...claim(found.attempts, owner, world.nowMs + LEASE_MS) };
    world.outbox.set(found._id, claimed);
    yield 'send';
    if (!holdsLease(claimed, world.nowMs)) continue;
    const result = world.publish(claimed._id);
    yield 'settle';
    const now = world.outbox.get(claimed._id)!;
    const isMine = now.state === 'sending' && now.attempts === claimed.attempts;
    if (!isMine || now.lease?.owner !== owner) continue;
    const change = settle(claimed, result, POLICY, { nowMs: world.nowMs, random: 0.5 });
    world.outbox.set(claimed._id, { ...now, ...change });
  }
}

type Step =
  | { do: 'run'; process: number }
  | { do: 'kill'; process: number }
  | { do: 'abandon'; process: number }
  | { do: 'wait'; ms: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('run'), process: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('kill'), process: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('abandon'), process: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.nat(15) }) },
  ),
  { maxLength: 200 },
);
const behaviours = fc.array(fc.constantFrom('accepted', 'throttled', 'lost'), { maxLength: 20 });

describe('the outbox', () => {
  it('loses nothing and repeats only sends in flight, killed between any two effects', () => {
    const log = ['a', 'b', 'c', 'd'];
    fc.assert(
      fc.property(steps, behaviours, (schedule, provider) => {
        const world = new World(provider);
        let owners = 0;
        const start = (process: number): Generator =>
          process < 2 ? evaluate(world, log) : send(world, `owner-${(owners += 1)}`);
        const processes = Array.from({ length: 4 }, (_, i) => start(i));
        const zombies: Generator[] = [];
        let ended = 0;
        for (const step of schedule) {
          if (step.do === 'wait') {
            world.nowMs += step.ms;
            continue;
          }
          const index = step.process % 4;
          if (step.do === 'run') {
            processes[index]!.next();
            continue;
          }
          ended += 1;
          // A zombie goes on when everything else is long over.
          if (step.do === 'abandon') zombies.push(processes[index]!);
          processes[index] = start(index);
        }
        for (let turn = 0; turn < 150; turn += 1) {
          world.nowMs += 3;
          for (const process of [...processes, ...zombies]) process.next();
        }
        for (const id of log) {
          assert.equal(world.outbox.get(id)?.state, 'sent', `${id} is not sent`);
          assert.ok((world.accepted.get(id) ?? 0) >= 1, `${id} was lost`);
        }
        const sent = [...world.accepted.values()].reduce((a, b) => a + b, 0);
        const repeats = sent - log.length;
        // A wait in the schedule may outlast a lease without anybody being killed.
        const overtaken = schedule.filter((step) => step.do === 'wait' && step.ms >= 3).length;
        assert.ok(repeats <= ended + world.lostAnswers + overtaken, `${repeats} repeats`);
      }),
      { numRuns: 500 },
    );
  });
});
