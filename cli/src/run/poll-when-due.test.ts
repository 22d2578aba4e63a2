import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Poll } from './poll-when-due.ts';

describe('Poll', () => {
  it('asks again when the answer is old, and keeps the last while there is no new one', async () => {
    let nowMs = 0;
    let answer: () => Promise<number> = async () => 1;
    const ask = (): Promise<number> => answer();
    const poll = new Poll({ everyMs: 100, initial: 0, nowMs: () => nowMs, ask });
    await poll.refresh();
    assert.equal(poll.last, 1);
    answer = async () => 2;
    await poll.refresh();
    assert.equal(poll.last, 1);
    nowMs = 100;
    answer = () => Promise.reject(new Error('away'));
    await poll.refresh();
    assert.equal(poll.last, 1);
    nowMs = 200;
    answer = async () => 3;
    await poll.refresh();
    assert.equal(poll.last, 3);
  });

  it('does not wait for one who is away, and does not ask twice meanwhile', async () => {
    let asked = 0;
    const answer = Promise.withResolvers<number>();
    const ask = (): Promise<number> => ((asked += 1), answer.promise);
    const poll = new Poll({ everyMs: 0, initial: 0, nowMs: () => 0, ask });
    await poll.refresh(5);
    await poll.refresh(5);
    assert.deepEqual([asked, poll.last], [1, 0]);
    answer.resolve(9);
    await poll.refresh();
    assert.equal(poll.last, 9);
  });
});
