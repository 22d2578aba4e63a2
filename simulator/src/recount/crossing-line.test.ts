import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ledgerOf, lineOf, ROOM } from '../../tests/_util/ledger-lines.ts';
import { crossingLine } from './crossing-line.ts';
import { readLedgerBook } from './ledger-book.ts';

describe('crossingLine', () => {
  const condition = { atLeast: 3, withinSeconds: 2 };
  const cases: readonly [string, number[], number | undefined][] = [
    ['is the n-th line within the span', [4_100, 5_100, 5_200, 5_300], 2],
    ['leaves out lines before the span', [3_900, 5_100, 5_200, 5_300], 3],
    ['is found by stamps, not by the order sent', [5_300, 4_100, 5_100], 0],
    ['is none where the sum was reached a second before', [4_100, 4_200, 4_300, 5_100], undefined],
    ['is none where there are too few', [5_100, 5_200], undefined],
  ];
  for (const [name, stamps, expected] of cases) {
    it(name, async () => {
      const lines = stamps.map((atMs) => lineOf({ atMs }));
      const room = (await readLedgerBook(ledgerOf(lines), [])).rooms.get(ROOM.id);
      assert.ok(room);
      const inOrder = [...room.inStampOrder()];
      assert.equal(crossingLine(room, inOrder, { second: 5, condition }), expected);
    });
  }
});
