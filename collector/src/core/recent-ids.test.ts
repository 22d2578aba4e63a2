import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RecentIds } from './recent-ids.ts';
import { UUID_WORDS, uuidWords } from './uuid-table.ts';

const IDS_MAX = 20;

/** Few enough that they repeat: UUIDs that differ in one digit, made-up ids, odd channels. */
const line = fc.record({
  channelId: fc.constantFrom('1', '2', '123456789012345', 'x', '012', ''),
  id: fc.oneof(
    fc.nat(9).map((digit) => `0000000${digit}-1111-4222-8333-44444444444${digit}`),
    fc.nat(5).map((digit) => `message:1:2:${digit}`),
    fc.constant('AAAAAAAA-1111-4222-8333-444444444444'),
  ),
});

describe(RecentIds.name, () => {
  it('knows an id for at least half its size, forgets none early, and stays bounded', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 400 }), (lines) => {
        const recent = new RecentIds(IDS_MAX);
        const added: string[] = [];
        for (const { channelId, id } of lines) {
          const name = `${channelId}/${id}`;
          const isNew = recent.add(channelId, id);
          const isKnown = added.slice(-IDS_MAX / 2).includes(name);
          assert.ok(isNew ? !isKnown : added.includes(name));
          if (isNew) added.push(name);
          assert.ok(recent.size <= IDS_MAX);
        }
      }),
    );
  });

  it('knows a UUID whichever way it came', () => {
    const uuid = 'deadbeef-0123-4567-89ab-cdef01234567';
    const words = new Int32Array(UUID_WORDS);
    assert.ok(uuidWords(uuid, words));
    const recent = new RecentIds(IDS_MAX);
    assert.equal(recent.add('77', uuid), true);
    assert.equal(recent.addUuid(77, words), false);
    assert.equal(recent.addUuid(78, words), true);
    assert.equal(recent.add('78', uuid), false);
  });
});

describe(uuidWords.name, () => {
  it('takes lower case only, so that two texts never are one id', () => {
    const words = new Int32Array(UUID_WORDS);
    assert.ok(uuidWords('ffffffff-0000-4000-8000-00000000000f', words));
    assert.deepEqual([...words], [-1, 0x4000, 0x8000 << 16, 15]);
    for (const text of [
      '',
      'FFFFFFFF-0000-4000-8000-00000000000f',
      'ffffffff0000400080000000000f',
    ]) {
      assert.equal(uuidWords(text, words), false);
    }
  });
});
