import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SlidingLimit } from './sliding-limit.ts';

describe(SlidingLimit.name, () => {
  it('refuses exactly what would be one too many in some window', () => {
    const steps = fc.array(fc.nat({ max: 40 }), { maxLength: 100 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (gaps, max) => {
        const limit = new SlidingLimit({ max, windowMs: 100 });
        const times: number[] = [];
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          times.push(nowMs);
          const inWindow = times.filter((atMs) => nowMs - atMs < 100).length;
          assert.equal(limit.take('a', nowMs), inWindow <= max);
        }
      }),
    );
  });

  it('counts every key by itself', () => {
    const limit = new SlidingLimit({ max: 1, windowMs: 100 });
    assert.equal(limit.take('a', 0), true);
    assert.equal(limit.take('b', 0), true);
    assert.equal(limit.take('a', 1), false);
  });

  it('forgets keys that have been quiet for a window', () => {
    const limit = new SlidingLimit({ max: 1, windowMs: 10 });
    for (let key = 0; key <= 20_001; key += 1) limit.take(String(key), key);
    assert.equal(limit.take('20001', 20_002), false);
  });
});
