import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anonymousNick } from './anonymous-nick.ts';

const chance = fc.double({ min: 0, max: 0.999_999, noNaN: true });

describe('anonymousNick', () => {
  it('is justinfan and five digits', () => {
    fc.assert(
      fc.property(fc.nat(), chance, (connection, random) => {
        assert.match(anonymousNick(connection, random), /^justinfan[1-9]\d{4}$/);
      }),
    );
  });

  it('differs between all connections that a process can have', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 89_999 }), chance, (id, gap, r) => {
        assert.notEqual(anonymousNick(id, r), anonymousNick(id + gap, r));
      }),
    );
  });
});
