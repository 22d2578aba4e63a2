import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OffsetLedger } from './offset-ledger.ts';

describe('OffsetLedger', () => {
  it('stays where an earlier stretch is still on its way', () => {
    const ledger = new OffsetLedger(10);
    const first = ledger.begin(15);
    const second = ledger.begin(20);
    assert.equal(ledger.finish(second), 10);
    assert.equal(ledger.finish(first), 20);
  });

  it('takes a second finish for nothing', () => {
    const ledger = new OffsetLedger(0);
    const first = ledger.begin(5);
    const second = ledger.begin(9);
    ledger.finish(first);
    assert.equal(ledger.finish(first), 5);
    assert.equal(ledger.finish(second), 9);
  });

  it('refuses to go back', () => {
    const ledger = new OffsetLedger(10);
    assert.throws(() => ledger.begin(9), RangeError);
  });

  it('is always the longest finished prefix, in whatever order work finishes', () => {
    const stretches = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(stretches, fc.infiniteStream(fc.nat()), fc.nat(100), (lengths, picks, start) => {
        const ledger = new OffsetLedger(start);
        let end = start;
        const tickets = lengths.map((length) => ledger.begin((end += length)));
        const done = new Set<number>();
        while (done.size < tickets.length) {
          const left = tickets.map((_, i) => i).filter((i) => !done.has(i));
          const pick = left[picks.next().value! % left.length]!;
          done.add(pick);
          const finished = ledger.finish(tickets[pick]!);
          const prefix = tickets.findIndex((_, i) => !done.has(i));
          const last = prefix === -1 ? tickets.length - 1 : prefix - 1;
          assert.equal(finished, last < 0 ? start : tickets[last]!.toOffset);
          assert.equal(ledger.finishedOffset, finished);
        }
      }),
    );
  });
});
