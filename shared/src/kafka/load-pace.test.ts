import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoadPace } from './load-pace.ts';

const OPTIONS = { calmMs: 10, busyMs: 40, busyRecordsPerSecond: 1_000 };

/** Counts `perSecond` for a second, in ten portions, from `fromMs` on. */
function load(pace: LoadPace, perSecond: number, fromMs: number): void {
  for (let i = 1; i <= 10; i += 1) pace.count(perSecond / 10, fromMs + i * 100);
}

describe(LoadPace.name, () => {
  it('is calm at first, and through one full answer', () => {
    const pace = new LoadPace(OPTIONS);
    assert.equal(pace.gatherMs, 10);
    pace.count(100_000, 0);
    pace.count(1, 100);
    assert.equal(pace.gatherMs, 10);
  });

  it('gathers longer while much comes, and no longer when that is over', () => {
    const pace = new LoadPace(OPTIONS);
    pace.count(0, 0);
    load(pace, 2_000, 0);
    assert.equal(pace.gatherMs, 40);
    load(pace, 100, 1_000);
    assert.equal(pace.gatherMs, 10);
  });

  it('keeps its pace at a rate a little below the limit', () => {
    const pace = new LoadPace(OPTIONS);
    pace.count(0, 0);
    load(pace, 800, 0);
    assert.equal(pace.gatherMs, 10);
    load(pace, 2_000, 1_000);
    load(pace, 800, 2_000);
    assert.equal(pace.gatherMs, 40);
  });

  it('is calm after a silence, whatever came before', () => {
    const pace = new LoadPace(OPTIONS);
    pace.count(0, 0);
    load(pace, 2_000, 0);
    pace.count(10, 60_000);
    assert.equal(pace.gatherMs, 10);
  });
});
