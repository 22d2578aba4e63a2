import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InFlight } from './in-flight.ts';

describe('InFlight', () => {
  it('is full at its bound and tells whoever waits when there is less', async () => {
    const inFlight = new InFlight(1_000);
    inFlight.add(600);
    assert.ok(!inFlight.isFull);
    inFlight.add(600);
    assert.ok(inFlight.isFull);
    let woken = 0;
    const waiting = [inFlight.lessened, inFlight.lessened].map((each) => each.then(() => woken++));
    inFlight.remove(600);
    await Promise.all(waiting);
    assert.equal(woken, 2);
    assert.ok(!inFlight.isFull);
  });
});
