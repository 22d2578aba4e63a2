import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { clockOf, endsInItsHour } from './load.ts';
import { worldLoad } from './scenario.ts';

const HOUR_MS = 3_600_000;
const wallMs = fc.integer({ min: 1_700_000_000_000, max: 2_000_000_000_000 });

describe('clockOf', () => {
  it('lets lines that start within 40 s end in their hour, and the hour end soon after', () => {
    fc.assert(
      fc.property(
        wallMs,
        fc.integer({ min: 1, max: 1_900 }),
        fc.integer({ min: 0, max: 40_000 }),
        (wallNowMs, seconds, startedAfterMs) => {
          const { eventAnchorMs, speed } = clockOf(worldLoad({ seconds }), wallNowMs);
          assert.equal(speed, 1);
          const startMs = eventAnchorMs + startedAfterMs;
          assert.ok(endsInItsHour(seconds, startMs));
          const leftMs = HOUR_MS - ((startMs + seconds * 1_000) % HOUR_MS);
          assert.ok(leftMs <= 45_000, `${leftMs} ms to wait`);
        },
      ),
    );
  });

  it('is never ahead of the wall clock', () => {
    fc.assert(
      fc.property(wallMs, fc.integer({ min: 1, max: 1_900 }), (wallNowMs, seconds) => {
        assert.ok(clockOf(worldLoad({ seconds }), wallNowMs).eventAnchorMs < wallNowMs);
      }),
    );
  });
});
