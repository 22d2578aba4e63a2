import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { spikeEpisodes, sumEpisodes, type SumCondition } from './episodes.ts';

function episodes(counts: readonly number[], condition: SumCondition): number[] {
  return sumEpisodes({ firstSecond: 100, counts: Int32Array.from(counts) }, condition);
}

describe('sumEpisodes', () => {
  const rule = { atLeast: 5, withinSeconds: 3, cooldownSeconds: 4 };
  const cases: readonly [string, number[], SumCondition, number[]][] = [
    ['finds none where the sum stays below', [2, 2, 0, 2, 2], rule, []],
    ['begins at the first second that reaches n', [2, 2, 1, 0, 0], rule, [102]],
    ['begins with the very first second', [5], rule, [100]],
    ['forgets seconds that are w ago', [3, 0, 0, 2, 2], rule, []],
    ['goes on as one while the sum stays', [5, 5, 5, 5, 5, 5, 5, 5, 5], rule, [100]],
    ['waits for a second below n', [5, 5, 5, 5, 5, 0, 0, 0, 5], rule, [100, 108]],
    ['begins again just when the cool-down is over', [5, 0, 0, 0, 5], rule, [100, 104]],
    [
      'begins where the cool-down ends, though nothing is said then',
      [5, 0, 0, 0, 5, 0, 0],
      { ...rule, cooldownSeconds: 6 },
      [100, 106],
    ],
    [
      'begins no more once the sum fell before the cool-down ends',
      [5, 0, 0, 0, 5, 0, 0],
      { ...rule, cooldownSeconds: 7 },
      [100],
    ],
    [
      'needs a second below n even without a cool-down',
      [5, 5, 0, 0, 0, 5],
      { atLeast: 5, withinSeconds: 1, cooldownSeconds: 0 },
      [100, 105],
    ],
    ['finds none in nothing', [], rule, []],
  ];
  for (const [name, counts, condition, expected] of cases) {
    it(name, () => assert.deepEqual(episodes(counts, condition), expected));
  }

  it('says the same as the words of the semantics, read second by second', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 });
    const condition = fc.record({
      atLeast: fc.integer({ min: 1, max: 8 }),
      withinSeconds: fc.integer({ min: 1, max: 5 }),
      cooldownSeconds: fc.integer({ min: 0, max: 12 }),
    });
    fc.assert(
      fc.property(counts, condition, (given, rule) => {
        assert.deepEqual(episodes(given, rule), naive(given, rule));
      }),
    );
  });
});

/** Looks for each next episode afresh: the first second that the three conditions hold for. */
function naive(counts: readonly number[], rule: SumCondition): number[] {
  const sum = (second: number): number =>
    counts
      .slice(Math.max(0, second - rule.withinSeconds + 1), second + 1)
      .reduce((a, b) => a + b, 0);
  const seconds = Array.from({ length: counts.length + rule.withinSeconds }, (_, each) => each);
  const found: number[] = [];
  for (;;) {
    const last = found.at(-1);
    const next = seconds.find((second) => {
      if (sum(second) < rule.atLeast) return false;
      if (last === undefined) return true;
      const between = seconds.filter((each) => last < each && each < second);
      const wasBelow = between.some((each) => sum(each) < rule.atLeast);
      return second > last && second - last >= rule.cooldownSeconds && wasBelow;
    });
    if (next === undefined) return found.map((second) => second + 100);
    found.push(next);
  }
}

describe('spikeEpisodes', () => {
  const spikes = [
    { peakSecond: 10, score: 7 },
    { peakSecond: 50, score: 20 },
    { peakSecond: 90, score: 9 },
  ];
  const cases: readonly [string, number, number, number[]][] = [
    ['takes every spike with the score', 7, 0, [10, 50, 90]],
    ['leaves out those with less', 8, 0, [50, 90]],
    ['lets one pass exactly when the cool-down is over', 7, 40, [10, 50, 90]],
    ['leaves out those within the cool-down', 7, 41, [10, 90]],
  ];
  for (const [name, scoreAtLeast, cooldownSeconds, expected] of cases) {
    it(name, () => {
      assert.deepEqual(spikeEpisodes(spikes, { scoreAtLeast, cooldownSeconds }), expected);
    });
  }
});
