import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.ts';

describe('TokenBucket', () => {
  it('never gives more than its tokens in any window, and gives them all', () => {
    const waits = fc.array(fc.nat(40), { maxLength: 200 });
    fc.assert(
      fc.property(waits, fc.integer({ min: 1, max: 6 }), (gaps, tokens) => {
        const windowMs = 100;
        const bucket = new TokenBucket({ tokens, windowMs });
        const taken: number[] = [];
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          const inWindow = taken.filter((at) => at > nowMs - windowMs).length;
          assert.equal(bucket.available(nowMs), tokens - inWindow);
          const oldest = taken.find((at) => at > nowMs - windowMs) ?? nowMs;
          const nextAtMs = inWindow < tokens ? nowMs : oldest + windowMs;
          assert.equal(bucket.nextAtMs(nowMs), nextAtMs);
          assert.equal(bucket.take(nowMs), inWindow < tokens);
          if (inWindow < tokens) taken.push(nowMs);
        }
      }),
    );
  });
});
