import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { message } from '../../tests/_util/records.ts';
import type { WindowToRecount } from './fold-effects.ts';
import { Recount, windowsOf } from './recount.ts';
import { storedMessageOf } from './stored-message.ts';

const START_MS = 1_790_000_000_000;

const PLAN: WindowToRecount = {
  channelId: '1',
  channelLogin: 'login1',
  spanSeconds: 10,
  startMs: START_MS,
  revision: 7,
  watermarkMs: START_MS + 60_000,
  observedShare: 1,
  secondShares: Array.from({ length: 10 }, () => 1),
};

function line(offset: number, atMs = START_MS + 1_500) {
  return storedMessageOf(message({ channelId: '1', id: `id-${offset}`, atMs }), offset);
}

describe(Recount.name, () => {
  it('counts the lines up to its revision, however many more the store has by then', () => {
    const recount = new Recount(PLAN, new Map());
    for (const offset of [3, 7, 8, 900]) recount.add(line(offset));
    const recounted = recount.result();
    assert.ok(recounted !== null);
    const counts = windowsOf(recounted).map(({ spanSeconds, messages }) => [spanSeconds, messages]);
    assert.deepEqual(counts, [
      [1, 2],
      [10, 2],
    ]);
  });

  it('comes to nothing where all lines came later', () => {
    const recount = new Recount(PLAN, new Map());
    recount.add(line(8));
    assert.equal(recount.result(), null);
  });
});
