import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunningTotal } from './running-total.ts';

const NOTHING = new Map<string, number>();

describe('RunningTotal', () => {
  it('knows nothing before the first count', () => {
    assert.equal(new RunningTotal().with(NOTHING), null);
  });

  it('goes on where a restarted process begins again', () => {
    const total = new RunningTotal();
    const seen = [5, 10, null, 3, 4, null, 1].map((count) =>
      total.with(count === null ? NOTHING : new Map([['processor', count]])),
    );
    assert.deepEqual(seen, [5, 10, 10, 13, 14, 14, 15]);
  });

  it('adds only what the process that went away had, not what the others have', () => {
    const total = new RunningTotal();
    const counts: [string, number][][] = [
      [
        ['processor-1', 100],
        ['processor-2', 1_000],
      ],
      [['processor-2', 1_010]],
      [
        ['processor-1', 5],
        ['processor-2', 1_020],
      ],
    ];
    const seen = counts.map((each) => total.with(new Map(each)));
    assert.deepEqual(seen, [1_100, 1_110, 1_125]);
  });
});
