import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decideRestart,
  FAILED_STARTS_MAX,
  NO_RESTARTS,
  RECOVERED_AFTER_MS,
  RESTART_BACKOFF,
  type PartEnd,
} from './restart-policy.ts';

const crash = (upForMs: number | null): PartEnd => ({ upForMs, ordered: false });

describe('decideRestart', () => {
  it('waits longer from crash to crash, and never longer than the maximum', () => {
    let history = NO_RESTARTS;
    const delays: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const decision = decideRestart(history, crash(1_000), 0);
      assert.ok(decision.restart);
      delays.push(decision.delayMs);
      history = decision.history;
    }
    assert.deepEqual(delays, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    assert.equal(history.restarts, 8);
  });

  it('begins anew after the part was up for long', () => {
    const worn = { restarts: 7, crashesInARow: 7, failedStarts: 0 };
    const decision = decideRestart(worn, crash(RECOVERED_AFTER_MS), 0);
    assert.ok(decision.restart);
    assert.equal(decision.delayMs, RESTART_BACKOFF.initialMs / 2);
    assert.equal(decision.history.crashesInARow, 1);
  });

  it('restarts at once after a kill that was ordered, and counts it as no crash', () => {
    const before = { restarts: 3, crashesInARow: 3, failedStarts: 0 };
    const decision = decideRestart(before, { upForMs: 10, ordered: true }, 0.9);
    assert.deepEqual(decision, {
      restart: true,
      delayMs: 0,
      history: { ...before, restarts: 4 },
    });
  });

  it('gives a part up that never comes up, and only such a one', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (ups) => {
        let history = NO_RESTARTS;
        let row = 0;
        for (const wasUp of ups) {
          row = wasUp ? 0 : row + 1;
          const decision = decideRestart(history, crash(wasUp ? 5 : null), 0.5);
          assert.equal(decision.restart, row < FAILED_STARTS_MAX);
          if (!decision.restart) return;
          history = decision.history;
        }
      }),
    );
  });
});
