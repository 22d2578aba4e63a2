import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FetchPacer } from './fetch-pacer.ts';

describe(FetchPacer.name, () => {
  it('makes all parts of an answer wait for the same moment, and the next answer for its own', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const pacer = new FetchPacer({ calmMs: 10, busyMs: 10, busyRecordsPerSecond: 1 });
    const parts: string[] = [];
    const first = pacer.answered(1).then(() => parts.push('first'));
    t.mock.timers.tick(6);
    const second = pacer.answered(1).then(() => parts.push('second'));
    t.mock.timers.tick(3);
    await Promise.resolve();
    assert.deepEqual(parts, []);
    t.mock.timers.tick(1);
    await Promise.all([first, second]);
    assert.deepEqual(parts, ['first', 'second']);
    const next = pacer.answered(1);
    t.mock.timers.tick(10);
    await next;
  });
});
