import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';

/** By the definition: bit by bit. */
function slowly(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe(crc32c.name, () => {
  // RFC 3720, B.4, and the check value of the catalogue of CRCs.
  for (const [bytes, expected] of [
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    [Buffer.from('123456789'), 0xe3069283],
    [Buffer.alloc(0), 0],
  ] as const) {
    it(`gives the published value for ${bytes.toString('hex').slice(0, 18)}`, () => {
      assert.equal(crc32c(bytes), expected);
    });
  }

  it('is the same wherever the bytes lie, and for any part of them', () => {
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(bytes, fc.nat(9), fc.nat(9), (content, before, after) => {
        const all = Buffer.concat([Buffer.alloc(before, 7), content, Buffer.alloc(after, 9)]);
        assert.equal(crc32c(all, before, before + content.length), slowly(content));
      }),
    );
  });
});
