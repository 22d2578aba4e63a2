import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { logSurvival, surprise } from './poisson.ts';

// Known answers: scipy.stats.poisson.logsf(k - 1, lambda) where it is finite; beyond that the same
// series in exact arithmetic.
const KNOWN: readonly { k: number; lambda: number; expected: number; tolerance: number }[] = [
  { k: 1, lambda: 1, expected: Math.log(1 - Math.exp(-1)), tolerance: 1e-12 },
  { k: 2, lambda: 1, expected: Math.log(1 - 2 * Math.exp(-1)), tolerance: 1e-12 },
  { k: 1, lambda: 1e-9, expected: Math.log(1e-9), tolerance: 1e-8 },
  { k: 1000, lambda: 50, expected: -2050.05, tolerance: 0.01 },
  { k: 5000, lambda: 100, expected: -14665.27, tolerance: 0.01 },
  { k: 2_000_000, lambda: 1_000_000, expected: -386301.8, tolerance: 0.1 },
];

describe('logSurvival', () => {
  for (const { k, lambda, expected, tolerance } of KNOWN) {
    it(`knows P(X >= ${k} | ${lambda})`, () => {
      assert.ok(
        Math.abs(logSurvival(k, lambda) - expected) < tolerance,
        `${logSurvival(k, lambda)}`,
      );
    });
  }

  it('agrees with the plain sum where that is exact', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.1, max: 40 }),
        (k, lambda) => {
          if (!(lambda > 0)) return;
          let below = 0;
          let term = Math.exp(-lambda);
          for (let i = 0; i < k; i += 1) {
            below += term;
            term *= lambda / (i + 1);
          }
          if (below > 0.999) return;
          assert.ok(Math.abs(logSurvival(k, lambda) - Math.log(1 - below)) < 1e-9);
        },
      ),
    );
  });

  it('falls as the count grows and rises with the rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (k, l) => {
        assert.ok(logSurvival(k + 1, l) <= logSurvival(k, l));
        assert.ok(logSurvival(k, l + 1) >= logSurvival(k, l));
      }),
    );
  });

  it('refuses what is no count or no rate', () => {
    assert.throws(() => logSurvival(1, 0), RangeError);
    assert.throws(() => logSurvival(1, NaN), RangeError);
    assert.throws(() => logSurvival(1.5, 1), RangeError);
  });
});

describe('surprise', () => {
  it('is nothing for no message and never negative', () => {
    assert.equal(surprise(0, 3), 0);
    assert.equal(surprise(-1, 3), 0);
    assert.ok(surprise(1, 1e6) >= 0);
  });
});
