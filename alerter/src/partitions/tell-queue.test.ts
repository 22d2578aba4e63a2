import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { Firing } from '../core/partition-fold.ts';
import { TellQueue } from './tell-queue.ts';

function firing(channelId: string): Firing {
  return { channelId } as Firing;
}

/** An outbox whose calls end when the test says so. */
function newQueue(retryMs = 0) {
  const calls: { ids: string[]; end: PromiseWithResolvers<void> }[] = [];
  const failures: unknown[] = [];
  const queue = new TellQueue({
    tell: (firings) => {
      const end = Promise.withResolvers<void>();
      calls.push({ ids: firings.map(({ channelId }) => channelId), end });
      return end.promise;
    },
    failed: (error) => failures.push(error),
    retryMs,
  });
  const call = async (count: number) => {
    while (calls.length < count) await turn();
    return calls[count - 1]!;
  };
  return { queue, calls, call, failures };
}

describe('TellQueue', () => {
  it('tells in order, together what came while it was busy', async () => {
    const { queue, call } = newQueue();
    queue.push([firing('a')]);
    queue.push([firing('b')]);
    const first = await call(1);
    assert.deepEqual(first.ids, ['a', 'b']);
    queue.push([firing('c')]);
    queue.push([firing('d')]);
    first.end.resolve();
    assert.deepEqual((await call(2)).ids, ['c', 'd']);
    assert.equal(queue.size, 2);
  });

  it('tries again what was not told, and counts it as told only then', async () => {
    const { queue, call, failures } = newQueue();
    queue.push([firing('a')]);
    let isTold = false;
    const told = queue.told().then((all) => (isTold = all));
    (await call(1)).end.reject(new Error('away'));
    const again = await call(2);
    assert.deepEqual(again.ids, ['a']);
    assert.equal(failures.length, 1);
    assert.equal(isTold, false);
    again.end.resolve();
    await told;
    assert.equal(isTold, true);
    assert.equal(queue.size, 0);
  });

  it('waits for what was pushed before, not for what comes later', async () => {
    const { queue, call } = newQueue();
    queue.push([firing('a')]);
    const told = queue.told();
    const first = await call(1);
    queue.push([firing('b')]);
    first.end.resolve();
    assert.equal(await told, true);
    assert.equal(queue.size, 1);
  });

  it('holds who asks up while too many wait', async () => {
    const { queue, call } = newQueue();
    queue.push([firing('a'), firing('b')]);
    await queue.below(3);
    let isBelow = false;
    const below = queue.below(2).then(() => (isBelow = true));
    const first = await call(1);
    await turn();
    assert.equal(isBelow, false);
    first.end.resolve();
    await below;
  });

  it('gives up when it is closed, and at the first failure when hurried', async () => {
    const closed = newQueue();
    closed.queue.push([firing('a')]);
    const told = closed.queue.told();
    closed.queue.close();
    assert.equal(await told, false);

    const hurried = newQueue();
    hurried.queue.push([firing('a')]);
    hurried.queue.hurry();
    const late = hurried.queue.told();
    (await hurried.call(1)).end.reject(new Error('away'));
    assert.equal(await late, false);
    await turn();
    assert.equal(hurried.calls.length, 1);
  });
});
