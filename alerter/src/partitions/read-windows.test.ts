import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { windowsUpdated, type WindowsUpdated } from '@crest/shared/records/windows-updated';
import { readRecord } from './read-record.ts';
import { asWindowsUpdated, peekLogin } from './read-windows.ts';

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

function changed(change: object): Record<string, unknown> {
  return { ...RECORD, windows: [{ ...RECORD.windows[0], ...change }] };
}

describe('peekLogin', () => {
  it('finds the login of every record that a processor writes', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9_]{0,25}$/),
        fc.stringMatching(/^\d{1,12}$/),
        (...names) => {
          const [channelLogin, channelId] = names;
          const value = windowsUpdated.encode({ ...RECORD, channelLogin, channelId });
          assert.equal(peekLogin(Buffer.from(value)), channelLogin);
        },
      ),
    );
  });

  it('leaves to the parser what is escaped, foreign, cut off or not there', () => {
    for (const text of [
      '{"channelLogin":"a\\"b"',
      '{"channelLogin":"ä"',
      '{"channelLogin":"a',
      '{}',
    ]) {
      assert.equal(peekLogin(Buffer.from(text)), null, text);
    }
    assert.equal(peekLogin(Buffer.from(`${' '.repeat(300)}"channelLogin":"a"`)), null);
  });
});

describe('asWindowsUpdated', () => {
  it('takes what the schema takes', () => {
    assert.deepEqual(asWindowsUpdated(JSON.parse(windowsUpdated.encode(RECORD))), RECORD);
  });

  const refused: [string, unknown][] = [
    ['another type', { ...RECORD, type: 'watermark.moved' }],
    ['another version', { ...RECORD, version: 2 }],
    ['no channel', { ...RECORD, channelId: '' }],
    ['no login', { ...RECORD, channelLogin: undefined }],
    ['windows that are none', { ...RECORD, windows: [null] }],
    ['a fraction of a message', changed({ messages: 1.5 })],
    ['fewer messages than none', changed({ messages: -1 })],
    ['a time that is none', changed({ startMs: '2000' })],
    ['counters that are none', changed({ counters: [] })],
    ['a counter that does not count', changed({ counters: { abc: '2' } })],
    ['nothing', null],
  ];
  for (const [name, json] of refused) {
    it(`leaves ${name} to the schema, which refuses it`, () => {
      assert.equal(asWindowsUpdated(json), null);
      const reason = readRecord(Buffer.from(JSON.stringify(json)));
      assert.equal(reason.ok && reason.value.type === 'windows.updated', false);
    });
  }
});
