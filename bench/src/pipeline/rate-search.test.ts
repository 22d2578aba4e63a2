import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nextTrial, type Trial } from './rate-search.ts';

/** Searches a system that holds every rate up to `limit`. */
function search(limit: number): Trial[] {
  const trials: Trial[] = [];
  for (let next = nextTrial(trials); next !== null; next = nextTrial(trials)) {
    trials.push({ ...next, isStable: next.rate <= limit });
    assert.ok(trials.length < 40, 'the search does not end');
  }
  return trials;
}

describe('nextTrial', () => {
  it('begins at 2,000 a second', () => {
    assert.deepEqual(nextTrial([]), { rate: 2_000, isFull: false });
  });

  it('takes a smaller step down where the best does not hold for the full length', () => {
    const trials = [
      { rate: 2_000, isStable: true, isFull: false },
      { rate: 2_100, isStable: false, isFull: false },
      { rate: 2_000, isStable: false, isFull: true },
    ];
    assert.deepEqual(nextTrial(trials), { rate: 1_800, isFull: true });
  });

  it('ends with a full trial that holds, within a tenth of the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 60_000 }), (limit) => {
        const last = search(limit).at(-1);
        assert.ok(last?.isFull === true && last.isStable);
        assert.ok(last.rate <= limit && last.rate >= limit / 1.1 - 200, `${last.rate} of ${limit}`);
      }),
    );
  });
});
