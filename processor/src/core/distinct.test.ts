import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addDistinct,
  countDistinct,
  createDistinct,
  EXACT_DISTINCT_MAX,
  mergeDistinct,
  type Distinct,
} from './distinct.ts';

function distinctOf(values: Iterable<string>, exactMax = EXACT_DISTINCT_MAX): Distinct {
  const distinct = createDistinct(exactMax);
  for (const value of values) addDistinct(distinct, value);
  return distinct;
}

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => String(from + i));

describe('distinct', () => {
  it('is exact up to its limit', () => {
    const values = fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 });
    fc.assert(
      fc.property(values, (list) => {
        assert.equal(countDistinct(distinctOf(list)), new Set(list).size);
      }),
    );
    assert.equal(countDistinct(distinctOf(range(0, EXACT_DISTINCT_MAX))), EXACT_DISTINCT_MAX);
  });

  it('is exact without a limit', () => {
    assert.equal(countDistinct(distinctOf(range(0, 50_000), Infinity)), 50_000);
  });

  for (const count of [2_000, 5_000, 20_000, 60_000, 200_000, 1_000_000]) {
    it(`stays within 3 % at ${count}`, () => {
      const error = countDistinct(distinctOf(range(0, count))) / count - 1;
      assert.ok(Math.abs(error) < 0.03, `${(error * 100).toFixed(2)} %`);
    });
  }

  it('depends on the set alone, not on the order or on how parts were merged', () => {
    const part = fc.record({ from: fc.nat(3_000), length: fc.nat(2_000) });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const merged = createDistinct(EXACT_DISTINCT_MAX);
        for (const { from, length } of parts) {
          mergeDistinct(merged, distinctOf(range(from, from + length)));
        }
        const all = parts.flatMap(({ from, length }) => range(from, from + length)).reverse();
        assert.equal(countDistinct(merged), countDistinct(distinctOf(all)));
      }),
      { numRuns: 30 },
    );
  });
});
