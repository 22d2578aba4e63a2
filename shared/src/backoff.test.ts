import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { backoffMs } from './backoff.ts';

const POLICY = { initialMs: 100, maxMs: 10_000, factor: 2 };

describe('backoffMs', () => {
  const cases = [
    { attempt: 0, random: 0, expected: 50 },
    { attempt: 0, random: 0.5, expected: 75 },
    { attempt: 3, random: 0, expected: 400 },
    { attempt: 30, random: 0, expected: 5_000 },
    { attempt: 5_000, random: 0, expected: 5_000 },
  ];
  for (const { attempt, random, expected } of cases) {
    it(`waits ${expected} ms before retry ${attempt} at random ${random}`, () => {
      assert.equal(backoffMs(POLICY, attempt, random), expected);
    });
  }

  it('never waits less than half its ceiling nor more than the maximum', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, r) => {
        const delay = backoffMs(POLICY, attempt, r);
        assert.ok(delay >= 50 && delay <= POLICY.maxMs);
      }),
    );
  });
});
