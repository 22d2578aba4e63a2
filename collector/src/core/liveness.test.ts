import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Liveness } from './liveness.ts';

const SETTINGS = { pingIntervalMs: 30_000, idleMs: 10_000, deadlineMs: 5_000 };

describe('Liveness', () => {
  it('asks an idle connection soon and a busy one now and then', () => {
    const idle = new Liveness(SETTINGS, 0);
    assert.equal(idle.check(9_999, false), 'alive');
    assert.equal(idle.check(10_000, false), 'ping');

    const busy = new Liveness(SETTINGS, 0);
    for (let at = 0; at < 30_000; at += 1_000) {
      busy.traffic(at);
      assert.equal(busy.check(at, false), 'alive');
    }
    assert.equal(busy.check(30_000, false), 'ping');
  });

  it('gives up a connection that stays silent after a PING', () => {
    const liveness = new Liveness(SETTINGS, 0);
    assert.equal(liveness.check(10_000, false), 'ping');
    assert.equal(liveness.check(14_999, false), 'alive');
    assert.equal(liveness.check(15_000, false), 'dead');
  });

  it('takes any traffic for an answer', () => {
    const liveness = new Liveness(SETTINGS, 0);
    assert.equal(liveness.check(10_000, false), 'ping');
    liveness.traffic(14_000);
    assert.equal(liveness.check(20_000, false), 'alive');
    assert.equal(liveness.check(24_000, false), 'ping');
  });

  it('expects an answer to a PING that was sent for another reason', () => {
    const liveness = new Liveness(SETTINGS, 0);
    liveness.pinged(1_000);
    liveness.pinged(2_000);
    assert.equal(liveness.check(1_000 + SETTINGS.deadlineMs - 1, false), 'alive');
    assert.equal(liveness.check(1_000 + SETTINGS.deadlineMs, false), 'dead');
  });

  it('expects nothing while we do not read', () => {
    const liveness = new Liveness(SETTINGS, 0);
    assert.equal(liveness.check(10_000, false), 'ping');
    for (let at = 11_000; at < 100_000; at += 1_000)
      assert.equal(liveness.check(at, true), 'alive');
    assert.equal(liveness.check(100_500, false), 'ping');
  });
});
