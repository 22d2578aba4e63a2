import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextTurn, VirtualTime, type Host } from './virtual-time.ts';

const realSetTimeout = globalThis.setTimeout;
const START_MS = 1_000;

describe('VirtualTime', () => {
  let time: VirtualTime;
  let uninstall: () => void;

  beforeEach(() => {
    time = new VirtualTime(START_MS, () => 0.25);
    uninstall = time.install();
  });
  afterEach(() => uninstall());

  it('fires timers in the order in which they are due, and moves the clock', () => {
    const fired: string[] = [];
    setTimeout(() => fired.push('late'), 50);
    setTimeout(() => fired.push('soon'), 10);
    assert.equal(time.nextDueMs(), START_MS + 10);
    time.fireNext();
    time.fireNext();
    assert.deepEqual([fired, Date.now(), Math.random()], [['soon', 'late'], START_MS + 50, 0.25]);
  });

  it('wakes those who sleep by the module of promises, and lets them be woken early', async () => {
    const done: string[] = [];
    const stop = new AbortController();
    void sleep(5, 'slept').then((value) => done.push(value));
    sleep(7, undefined, { signal: stop.signal }).catch((error: Error) => done.push(error.name));
    stop.abort();
    await nextTurn();
    time.fireNext();
    await nextTurn();
    assert.deepEqual(done, ['AbortError', 'slept']);
    assert.equal(time.fireNext(), null);
  });

  it('lets the timers of a paused process wait, and forgets those of one that is gone', () => {
    const host: Host = { name: 'a', state: 'up' };
    const fired: number[] = [];
    time.runs = host;
    const every = setInterval(() => fired.push(Date.now()), 10);
    time.runs = null;
    time.fireNext();
    host.state = 'paused';
    assert.equal(time.nextDueMs(), null);
    host.state = 'up';
    time.fireNext();
    assert.deepEqual(fired, [START_MS + 10, START_MS + 20]);
    time.forget(host);
    assert.equal(time.nextDueMs(), null);
    clearInterval(every);
  });

  it('leaves nothing behind', () => {
    uninstall();
    assert.equal(globalThis.setTimeout, realSetTimeout);
    assert.ok(Date.now() > 1e12);
  });
});
