import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteSlab } from './byte-slab.ts';

describe(ByteSlab.name, () => {
  it('gives pieces that stay as they were written, however many follow', () => {
    const sizes = fc.array(fc.nat(60_000), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const slab = new ByteSlab();
        const pieces = lengths.map((length, i) => {
          const { bytes, start } = slab.room(length + 10);
          bytes.fill(i + 1, start, start + length);
          return slab.taken(start + length);
        });
        for (const [i, piece] of pieces.entries()) {
          assert.equal(piece.length, lengths[i]);
          assert.ok(piece.every((byte) => byte === i + 1));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('gives as much room as is asked for', () => {
    const slab = new ByteSlab();
    const { bytes, start } = slab.room(1_000_000);
    assert.ok(bytes.length - start >= 1_000_000);
  });
});
