import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  anticipate,
  correct,
  finalise,
  newEpisodes,
  type Episode,
  type EpisodeState,
  type Threshold,
} from './episodes.ts';
import { Series } from './series.ts';

/** The rule as semantics.md says it, second by second over complete counts. */
function recount(counts: readonly number[], threshold: Threshold): number[] {
  const { atLeast, withinSeconds, cooldownSeconds } = threshold;
  const starts: number[] = [];
  let below = true;
  counts.forEach((_, s) => {
    const sum = counts.slice(Math.max(0, s - withinSeconds + 1), s + 1).reduce((a, b) => a + b, 0);
    const last = starts.at(-1);
    const cool = last === undefined || s - last >= cooldownSeconds;
    if (sum >= atLeast && below && cool) {
      starts.push(s);
      below = false;
    } else if (sum < atLeast) {
      below = true;
    }
  });
  return starts;
}

/** Keys of the episodes that begin at these seconds. */
function keysOf(starts: readonly number[]): string[] {
  return starts.map((_, i) => (i === 0 ? 'from:0@x' : `after:${starts[i - 1]}`));
}

const thresholds = fc.record({
  atLeast: fc.integer({ min: 1, max: 12 }),
  withinSeconds: fc.integer({ min: 1, max: 8 }),
  cooldownSeconds: fc.integer({ min: 0, max: 15 }),
});

const quietAndBusy = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 9 }) },
);
const countLists = fc.array(quietAndBusy, { minLength: 1, maxLength: 60 });

class Machine {
  readonly threshold: Threshold;
  readonly series = new Series();
  readonly told: (Episode & { afterFinal: number })[] = [];
  state: EpisodeState = newEpisodes(0, 'x');

  constructor(threshold: Threshold) {
    this.threshold = threshold;
  }

  count(second: number, count: number): void {
    if (second > this.state.finalSecond) {
      if (this.series.raise(second, count) === 0) return;
      const episode = anticipate(this.state, this.threshold, this.series);
      if (episode !== null) this.#tell([episode]);
      return;
    }
    const raisedBy = this.series.raise(second, count);
    if (raisedBy === 0) return;
    this.#tell(correct(this.state, this.threshold, this.series, { second, raisedBy }));
  }

  finaliseUpTo(second: number): void {
    this.#tell(finalise(this.state, this.threshold, this.series, second));
    // What a snapshot would do, at any moment.
    this.state = JSON.parse(JSON.stringify(this.state)) as EpisodeState;
  }

  #tell(episodes: readonly Episode[]): void {
    for (const episode of episodes) {
      this.told.push({ ...episode, afterFinal: this.state.finalSecond });
    }
  }
}

describe('finalise', () => {
  it('finds the episodes of a recount, however the seconds are stepped', () => {
    const strides = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(countLists, thresholds, strides, (counts, threshold, steps) => {
        const machine = new Machine(threshold);
        counts.forEach((count, second) => machine.series.raise(second, count));
        let upTo = -1;
        for (const step of steps) machine.finaliseUpTo((upTo += step));
        const starts = recount([...counts, ...Array<number>(60).fill(0)], threshold);
        assert.deepEqual(
          machine.told.map(({ atSecond }) => atSecond),
          starts,
        );
        assert.deepEqual(
          machine.told.map(({ key }) => key),
          keysOf(starts),
        );
      }),
    );
  });

  it('leaves out what came before the machine began', () => {
    const series = new Series();
    series.raise(4, 10);
    series.raise(5, 1);
    const state = newEpisodes(5, 'x');
    const threshold = { atLeast: 5, withinSeconds: 3, cooldownSeconds: 0 };
    assert.deepEqual(finalise(state, threshold, series, 10), []);
  });

  const cases: [string, string, Threshold, number[]][] = [
    [
      'begins at the second at which the sum reaches n',
      '0 2 2 2',
      { atLeast: 5, withinSeconds: 3, cooldownSeconds: 0 },
      [3],
    ],
    [
      'holds on while the sum stays at n',
      '5 5 5 5 5 5',
      { atLeast: 5, withinSeconds: 1, cooldownSeconds: 2 },
      [0],
    ],
    [
      'begins anew after one second below n',
      '5 0 5',
      { atLeast: 5, withinSeconds: 1, cooldownSeconds: 0 },
      [0, 2],
    ],
    [
      'begins anew exactly when the cool-down has passed',
      '5 0 5 0 5 0 5',
      { atLeast: 5, withinSeconds: 1, cooldownSeconds: 4 },
      [0, 4],
    ],
    [
      'begins when the cool-down passes in the midst of a sum above n',
      '5 0 0 5 5 5',
      { atLeast: 5, withinSeconds: 1, cooldownSeconds: 4 },
      [0, 4],
    ],
  ];
  for (const [name, counts, threshold, starts] of cases) {
    it(name, () => {
      const machine = new Machine(threshold);
      counts.split(' ').forEach((count, second) => machine.series.raise(second, Number(count)));
      machine.finaliseUpTo(100);
      assert.deepEqual(
        machine.told.map(({ atSecond }) => atSecond),
        starts,
      );
    });
  }
});

/** A run: updates of seconds that are still open, and the watermark following behind. */
const runs = fc.record({
  counts: countLists,
  threshold: thresholds,
  /** Each: which open second is updated, how much of its count is known by then. */
  updates: fc.array(fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true })), {
    maxLength: 120,
  }),
  /** How many updates come before the watermark takes a step, cyclic. */
  pace: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 10 }),
  /** How far ahead of the watermark updates come. */
  ahead: fc.integer({ min: 1, max: 15 }),
});

describe('anticipate', () => {
  it('tells each episode of the recount once, under its key, and never later than its end', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const machine = play(run);
        const starts = recount([...run.counts, ...Array<number>(30).fill(0)], run.threshold);
        assert.deepEqual(
          machine.told.map(({ key }) => key),
          keysOf(starts),
        );
        machine.told.forEach((episode, i) => {
          const start = starts[i]!;
          assert.ok(episode.atSecond >= start, 'told before it began');
          assert.ok(episode.early || episode.atSecond === start);
          assert.ok(!episode.early || episode.afterFinal < start, 'early, yet after the fact');
        });
      }),
      { numRuns: 500 },
    );
  });

  it('tells at the first update that makes it certain', () => {
    const machine = new Machine({ atLeast: 5, withinSeconds: 2, cooldownSeconds: 0 });
    machine.count(10, 2);
    machine.count(11, 2);
    assert.equal(machine.told.length, 0);
    machine.count(10, 3);
    assert.deepEqual(
      machine.told.map(({ atSecond, value, early }) => ({ atSecond, value, early })),
      [{ atSecond: 11, value: 5, early: true }],
    );
  });

  it('waits for final seconds while it is not armed', () => {
    const machine = new Machine({ atLeast: 5, withinSeconds: 1, cooldownSeconds: 0 });
    machine.count(1, 5);
    machine.finaliseUpTo(1);
    // Second 2 may still grow to 5: then this would be the same episode.
    machine.count(3, 5);
    assert.equal(machine.told.length, 1);
    machine.finaliseUpTo(2);
    machine.count(3, 6);
    assert.equal(machine.told.length, 2);
  });
});

function play({ counts, threshold, updates, pace, ahead }: RunOf<typeof runs>): Machine {
  const machine = new Machine(threshold);
  let turn = 0;
  for (let watermark = 0; watermark < counts.length; watermark += 1) {
    for (let n = pace[watermark % pace.length]!; n > 0 && turn < updates.length; n -= 1) {
      const [pick, share] = updates[turn++]!;
      const second = Math.min(counts.length - 1, watermark + (pick % ahead));
      machine.count(second, Math.floor(counts[second]! * share));
    }
    machine.count(watermark, counts[watermark]!);
    machine.finaliseUpTo(watermark);
  }
  machine.finaliseUpTo(counts.length + 30);
  return machine;
}

type RunOf<A> = A extends fc.Arbitrary<infer T> ? T : never;

describe('correct', () => {
  const withLate = fc.record({
    counts: countLists,
    threshold: thresholds,
    late: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 }), fc.nat(40)), {
      minLength: 1,
      maxLength: 8,
    }),
  });

  it('leaves no episode of the corrected counts untold, and tells of nothing else', () => {
    fc.assert(
      fc.property(withLate, ({ counts, threshold, late }) => {
        const known = [...counts, ...Array<number>(50).fill(0)];
        const machine = new Machine(threshold);
        known.forEach((count, second) => {
          machine.count(second, count);
          machine.finaliseUpTo(second);
          for (const [pick, more, when] of late) {
            if (when + 5 !== second) continue;
            const at = pick % (when + 1);
            const raised = known[at]! + more;
            known[at] = raised;
            machine.count(at, raised);
          }
        });
        check(recount(known, threshold), machine, known);
      }),
      { numRuns: 500 },
    );
  });

  /** The words of semantics.md: a firing within w before or the cool-down after is the episode. */
  function check(starts: readonly number[], machine: Machine, known: readonly number[]): void {
    const { withinSeconds, cooldownSeconds, atLeast } = machine.threshold;
    const reach = Math.max(withinSeconds, cooldownSeconds);
    for (const start of starts) {
      const isTold = machine.told.some(
        ({ atSecond }) => atSecond - start <= withinSeconds && start - atSecond <= reach,
      );
      assert.ok(isTold, `episode at ${start} was not told`);
    }
    for (const { atSecond } of machine.told) {
      const from = Math.max(0, atSecond - withinSeconds + 1);
      const sum = known.slice(from, atSecond + 1).reduce((a, b) => a + b, 0);
      assert.ok(sum >= atLeast, `told at ${atSecond} though the sum is ${sum}`);
    }
    const keys = machine.told.map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length, 'a key was used twice');
  }

  it('tells of an episode that only a late record brought about', () => {
    const machine = new Machine({ atLeast: 5, withinSeconds: 2, cooldownSeconds: 10 });
    machine.count(5, 4);
    machine.finaliseUpTo(20);
    machine.count(6, 1);
    assert.deepEqual(
      machine.told.map(({ key, atSecond }) => ({ key, atSecond })),
      [{ key: 'late:6', atSecond: 6 }],
    );
  });

  it('tells nobody again when a late record only moves the beginning of an episode', () => {
    const machine = new Machine({ atLeast: 5, withinSeconds: 2, cooldownSeconds: 0 });
    machine.count(5, 3);
    machine.count(6, 4);
    machine.finaliseUpTo(20);
    machine.count(5, 9);
    assert.equal(machine.told.length, 1);
  });

  it('keeps the running sum right for what follows', () => {
    const machine = new Machine({ atLeast: 5, withinSeconds: 10, cooldownSeconds: 0 });
    machine.count(5, 2);
    machine.finaliseUpTo(6);
    machine.count(5, 4);
    machine.count(8, 1);
    assert.equal(machine.told.length, 1);
  });
});
