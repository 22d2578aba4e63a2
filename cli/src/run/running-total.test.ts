import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunningTotal } from './running-total.ts';

describe('RunningTotal', () => {
  it('knows nothing before the first count', () => {
    assert.equal(new RunningTotal().with(null), null);
  });

  it('goes on where a restarted process begins again', () => {
    const total = new RunningTotal();
    const seen = [5, 10, null, 3, 4, null, 1].map((count) => total.with(count));
    assert.deepEqual(seen, [5, 10, 10, 13, 14, 14, 15]);
  });
});
