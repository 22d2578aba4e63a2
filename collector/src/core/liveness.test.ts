import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Liveness, type LivenessVerdict } from './liveness.ts';

const SETTINGS = { pingIntervalMs: 30_000, idleMs: 10_000, deadlineMs: 5_000 };
const STEP_MS = 100;

/** A connection that is looked after ten times a second. */
class Watched {
  readonly liveness = new Liveness(SETTINGS, 0);
  #nowMs = 0;

  /** The verdict at this time; until then there was nothing to be done. */
  check(atMs: number, isPaused = false): LivenessVerdict {
    for (let ms = this.#nowMs + STEP_MS; ms < atMs; ms += STEP_MS) {
      assert.equal(this.liveness.check(ms, isPaused), 'alive', `at ${ms}`);
    }
    this.#nowMs = atMs;
    return this.liveness.check(atMs, isPaused);
  }

  /** Nobody asks until then: the process is stopped. */
  sleep(untilMs: number): LivenessVerdict {
    this.#nowMs = untilMs;
    return this.liveness.check(untilMs, false);
  }
}

describe('Liveness', () => {
  it('asks an idle connection soon and a busy one now and then', () => {
    const idle = new Watched();
    assert.equal(idle.check(9_999), 'alive');
    assert.equal(idle.check(10_000), 'ping');

    const busy = new Watched();
    for (let at = 0; at < 30_000; at += 1_000) {
      busy.liveness.traffic(at);
      assert.equal(busy.check(at), 'alive');
    }
    assert.equal(busy.check(30_000), 'ping');
  });

  it('gives up a connection that stays silent after a PING', () => {
    const watched = new Watched();
    assert.equal(watched.check(10_000), 'ping');
    assert.equal(watched.check(14_999), 'alive');
    assert.equal(watched.check(15_000), 'dead');
  });

  it('takes any traffic for an answer', () => {
    const watched = new Watched();
    assert.equal(watched.check(10_000), 'ping');
    watched.liveness.traffic(14_000);
    assert.equal(watched.check(20_000), 'alive');
    assert.equal(watched.check(24_000), 'ping');
  });

  it('expects an answer to a PING that was sent for another reason', () => {
    const watched = new Watched();
    watched.liveness.pinged(1_000);
    watched.liveness.pinged(2_000);
    assert.equal(watched.check(1_000 + SETTINGS.deadlineMs - 1), 'alive');
    assert.equal(watched.check(1_000 + SETTINGS.deadlineMs), 'dead');
  });

  it('expects nothing while we do not read', () => {
    const watched = new Watched();
    assert.equal(watched.check(10_000), 'ping');
    assert.equal(watched.check(100_000, true), 'alive');
    assert.equal(watched.check(100_100), 'ping');
  });

  it('gives nobody up for the time in which the process was asleep', () => {
    const watched = new Watched();
    assert.equal(watched.check(10_000), 'ping');
    assert.equal(watched.sleep(30_000), 'alive');
    assert.equal(watched.check(40_000), 'ping');
    assert.equal(watched.check(45_000), 'dead');
  });
});
