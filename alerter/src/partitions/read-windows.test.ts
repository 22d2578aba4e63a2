import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  windowsUpdated,
  type Window,
  type WindowsUpdated,
} from '@crest/shared/records/windows-updated';
import { readRecord } from './read-record.ts';
import { cutSeconds, peekLogin } from './read-windows.ts';

const RECORD: WindowsUpdated = {
  type: 'windows.updated',
  version: 1,
  channelId: '11',
  channelLogin: 'forsen_1',
  revision: 7,
  watermarkMs: 1_000,
  windows: [
    {
      spanSeconds: 1,
      startMs: 2_000,
      final: false,
      observedShare: 1,
      messages: 3,
      chatters: 2,
      emotes: 0,
      length: 9,
      bits: 0,
      subs: 0,
      commands: 0,
      mirrored: 0,
      counters: { abc: 2 },
    },
  ],
};

const SECOND = RECORD.windows[0]!;

function cut(windows: readonly object[]): Window[] | null {
  return cutSeconds(Buffer.from(JSON.stringify({ ...RECORD, windows })));
}

describe('peekLogin', () => {
  it('finds the login of every record that a processor writes', () => {
    const logins = fc.stringMatching(/^[a-z0-9_]{0,25}$/);
    const ids = fc.stringMatching(/^\d{1,12}$/);
    fc.assert(
      fc.property(logins, ids, (channelLogin, channelId) => {
        const value = Buffer.from(windowsUpdated.encode({ ...RECORD, channelLogin, channelId }));
        assert.equal(peekLogin(channelId, value), channelLogin);
        assert.equal(peekLogin(`${channelId}1`, value), null);
      }),
    );
  });

  it('leaves to the schema what is escaped, foreign, cut off or of another version', () => {
    const value = windowsUpdated.encode(RECORD);
    assert.equal(peekLogin('11', Buffer.from(value)), 'forsen_1');
    for (const other of [
      value.replace('forsen_1', 'a\\"b'),
      value.replace('forsen_1', 'ä'),
      value.replace('"version":1', '"version":2'),
      value.slice(0, 70),
      '{}',
      '',
    ]) {
      assert.equal(peekLogin('11', Buffer.from(other)), null, other);
    }
  });
});

describe('cutSeconds', () => {
  it('finds what the schema finds, of any windows', () => {
    const count = fc.nat(1_000);
    const windows = fc.array(
      fc.record({
        spanSeconds: fc.constantFrom(1, 10, 60, 3600),
        startMs: fc.nat(),
        messages: count,
        counters: fc.dictionary(fc.stringMatching(/^[0-9a-f]{4}$/), count),
      }),
    );
    fc.assert(
      fc.property(windows, (drawn) => {
        const record = { ...RECORD, windows: drawn.map((each) => ({ ...SECOND, ...each })) };
        const read = readRecord(Buffer.from(JSON.stringify(record)));
        assert.ok(read.ok && read.value.type === 'windows.updated');
        const seconds = read.value.windows.filter(({ spanSeconds }) => spanSeconds === 1);
        assert.deepEqual(cut(record.windows), seconds);
      }),
    );
  });

  const refused: [string, object][] = [
    ['a fraction of a message', { messages: 1.5 }],
    ['fewer messages than none', { messages: -1 }],
    ['a time that is none', { startMs: '2000' }],
    ['counters that are none', { counters: [] }],
    ['a counter that does not count', { counters: { abc: '2' } }],
    ['counters in counters', { counters: { abc: { def: 1 } } }],
  ];
  for (const [name, change] of refused) {
    it(`leaves ${name} to the schema, which refuses it`, () => {
      assert.equal(cut([{ ...SECOND, ...change }]), null);
      const value = { ...RECORD, windows: [{ ...SECOND, ...change }] };
      assert.equal(readRecord(Buffer.from(JSON.stringify(value))).ok, false);
    });
  }

  it('leaves windows to the schema that are written in another order, or cut off', () => {
    const { spanSeconds, ...rest } = SECOND;
    assert.equal(cut([{ ...rest, spanSeconds, last: 1 }]), null);
    assert.equal(cutSeconds(Buffer.from(windowsUpdated.encode(RECORD).slice(0, -20))), null);
  });
});
