import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decodeSlot,
  encodeSlot,
  isBehind,
  newestSlot,
  segmentName,
  segmentOf,
  SLOT_SPACING_BYTES,
  type LedgerSlot,
} from './spool-ledger.ts';

const slots: fc.Arbitrary<LedgerSlot> = fc.record(
  {
    sequence: fc.nat(),
    position: fc.record(
      { segment: fc.nat(), offset: fc.nat(2 ** 40), index: fc.nat() },
      { noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);

function ledgerOf(first: LedgerSlot | null, second: LedgerSlot | null): Buffer {
  const bytes = Buffer.alloc(2 * SLOT_SPACING_BYTES);
  if (first !== null) encodeSlot(first).copy(bytes);
  if (second !== null) encodeSlot(second).copy(bytes, SLOT_SPACING_BYTES);
  return bytes;
}

describe('the ledger of the spool', () => {
  it('gives back what was written', () => {
    fc.assert(fc.property(slots, (slot) => assert.deepEqual(decodeSlot(encodeSlot(slot)), slot)));
  });

  it('says nothing rather than something wrong when a byte is damaged', () => {
    fc.assert(
      fc.property(slots, fc.nat(), (slot, place) => {
        const bytes = encodeSlot(slot);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ 0x10;
        assert.equal(decodeSlot(bytes), null);
      }),
    );
  });

  it('takes the newer of two slots, and the other where that one is torn', () => {
    const old = { sequence: 4, position: { segment: 2, offset: 10, index: 1 } };
    const young = { sequence: 5, position: { segment: 2, offset: 90, index: 7 } };
    assert.deepEqual(newestSlot(ledgerOf(old, young)), { ...young, slot: 1 });
    assert.deepEqual(newestSlot(ledgerOf(young, old)), { ...young, slot: 0 });
    assert.deepEqual(newestSlot(ledgerOf(old, null)), { ...old, slot: 0 });
    assert.deepEqual(newestSlot(ledgerOf(null, old)), { ...old, slot: 1 });
    assert.equal(newestSlot(ledgerOf(null, null)), null);
    assert.equal(newestSlot(Buffer.alloc(0)), null);
    assert.deepEqual(newestSlot(ledgerOf(old, null).subarray(0, 36)), { ...old, slot: 0 });
  });

  it('knows which of two positions is behind', () => {
    const at = (segment: number, offset: number) => ({ segment, offset, index: 0 });
    assert.equal(isBehind(at(1, 99), at(2, 0)), true);
    assert.equal(isBehind(at(2, 0), at(1, 99)), false);
    assert.equal(isBehind(at(2, 5), at(2, 6)), true);
    assert.equal(isBehind(at(2, 6), at(2, 6)), false);
  });

  it('names segments so that names sort as numbers do, and knows its own names only', () => {
    assert.ok(segmentName(9) < segmentName(10));
    assert.equal(segmentOf(segmentName(123)), 123);
    for (const name of ['position', '12.segment', '000000000012.segment.tmp', '']) {
      assert.equal(segmentOf(name), null);
    }
  });
});
