import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { roomsOf } from './room.ts';

describe(roomsOf.name, () => {
  it('gives any names valid logins and ids, all different', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 })), (names) => {
        const rooms = roomsOf(names, 'run');
        for (const room of rooms) {
          assert.match(room.login, /^[a-z0-9_]{1,25}$/);
          assert.match(room.id, /^\d{10}$/);
        }
        assert.equal(new Set(rooms.map((room) => room.login)).size, names.length);
        assert.equal(new Set(rooms.map((room) => room.id)).size, names.length);
      }),
    );
  });

  it('keeps a name that is a login already', () => {
    assert.equal(roomsOf(['birch_attic1'], 'run')[0]?.login, 'birch_attic1');
  });
});
