import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { message, notice } from '../../tests/_util/records.ts';
import { codePoints, countedAs, storedMessageOf } from './stored-message.ts';

const OFFSET = 2;
const FACTS = { channelId: '7', id: 'm', atMs: 5 };
const MIRROR = { channelId: '8', id: 'x' };

describe('countedAs', () => {
  const cases = [
    { name: 'a line of chat', record: message(FACTS), expected: 'message' },
    {
      name: 'a mirrored line',
      record: message({ ...FACTS, mirroredFrom: MIRROR }),
      expected: 'mirrored',
    },
    { name: 'a sub', record: notice(FACTS), expected: 'sub' },
    { name: 'a gift', record: notice({ ...FACTS, notice: 'subgift' }), expected: 'sub' },
    {
      name: 'the announcement of gifts',
      record: notice({ ...FACTS, notice: 'submysterygift' }),
      expected: 'nothing',
    },
    { name: 'a raid', record: notice({ ...FACTS, notice: 'raid' }), expected: 'nothing' },
    {
      name: 'a mirrored sub',
      record: notice({ ...FACTS, mirroredFrom: MIRROR }),
      expected: 'nothing',
    },
  ] as const;
  for (const { name, record, expected } of cases) {
    it(`takes ${name} for ${expected}`, () => {
      assert.equal(countedAs(storedMessageOf(record, OFFSET)), expected);
    });
  }
});

describe('codePoints', () => {
  it('counts as the language does', () => {
    const units = fc.array(
      fc.integer({ min: 0xd700, max: 0xe0ff }).map((u) => String.fromCharCode(u)),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          units.map((u) => u.join('')),
        ),
        (text) => {
          assert.equal(codePoints(text), [...text].length);
        },
      ),
    );
  });
});

describe('storedMessageOf', () => {
  it('leaves out what is usual', () => {
    const line = storedMessageOf(message(FACTS), OFFSET);
    assert.deepEqual(line, {
      id: 'm',
      atMs: 5,
      offset: OFFSET,
      userId: '1',
      userLogin: 'user1',
      userName: 'User1',
      text: 'hello',
    });
  });

  it('keeps what is not', () => {
    const rare = { isAction: true, emotes: 2, bits: 100, mirroredFrom: MIRROR, replyTo: 'other' };
    const line = storedMessageOf(message({ ...FACTS, ...rare }), OFFSET);
    assert.deepEqual({ ...line, ...rare }, line);
    assert.equal(storedMessageOf(notice(FACTS), OFFSET).notice, 'sub');
  });
});
