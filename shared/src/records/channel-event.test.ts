import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeChannelEvent, type ChannelEvent } from './channel-event.ts';

const room = { version: 1, channelId: '1', channelLogin: 'a' } as const;
const held = { readerSet: 'a', generation: 7, atMs: 5 } as const;

/** One of each, so that a new record type is missed by nobody. */
const EXAMPLES: { [T in ChannelEvent['type']]: Extract<ChannelEvent, { type: T }> } = {
  'chat.message': {
    ...room,
    type: 'chat.message',
    id: 'm',
    atMs: 1,
    clampedFromMs: null,
    userId: '2',
    userLogin: 'u',
    userName: 'U',
    text: 'hi',
    isAction: false,
    bits: 0,
    emotes: 0,
    mirroredFrom: null,
    replyTo: null,
    tags: { color: '#fff' },
  },
  'chat.notice': {
    ...room,
    type: 'chat.notice',
    id: 'n',
    atMs: 1,
    clampedFromMs: null,
    notice: 'sub',
    userId: '2',
    userLogin: 'u',
    userName: 'U',
    text: '',
    systemText: 'U subscribed.',
    params: { 'sub-plan': '1000' },
    mirroredFrom: { channelId: '9', id: 'o' },
    tags: {},
  },
  'chat.deletion': {
    ...room,
    type: 'chat.deletion',
    id: 'd',
    atMs: 1,
    scope: 'user',
    targetMessageId: null,
    targetUserId: '2',
    targetUserLogin: 'u',
    timeoutSeconds: 600,
  },
  'room.state': { ...room, type: 'room.state', atMs: 1, settings: { slow: '0' } },
  'room.notice': { ...room, type: 'room.notice', atMs: 1, notice: 'slow_on', systemText: 'Slow.' },
  'room.observed': { ...room, ...held, type: 'room.observed' },
  'room.unobserved': {
    ...room,
    ...held,
    type: 'room.unobserved',
    sinceMs: 4,
    reason: 'connection_lost',
  },
  tick: { type: 'tick', version: 1, partition: 3, ...held },
  'records.lost': { type: 'records.lost', version: 1, partition: 3, ...held },
  'counter.wanted': {
    type: 'counter.wanted',
    version: 1,
    counterId: 'c',
    phrase: 'gg',
    action: 'start',
  },
  heartbeat: { type: 'heartbeat', version: 1, id: 'h', stages: { collector: 1 } },
};

describe('decodeChannelEvent', () => {
  for (const [type, example] of Object.entries(EXAMPLES)) {
    it(`reads ${type}`, () => {
      const decoded = decodeChannelEvent(Buffer.from(JSON.stringify(example)));
      assert.deepEqual(decoded, { ok: true, value: example });
    });

    it(`refuses ${type} of an unknown version, and says so`, () => {
      const decoded = decodeChannelEvent(JSON.stringify({ ...example, version: 2 }));
      assert.deepEqual(decoded, { ok: false, reason: `${type} version 2 is unknown` });
    });
  }

  const refused: readonly [string | null, RegExp][] = [
    [null, /empty/],
    ['', /not JSON/],
    ['{', /not JSON/],
    ['null', /type undefined is unknown/],
    ['[]', /type undefined is unknown/],
    ['{"type":"toString","version":1}', /type toString is unknown/],
    ['{"type":"tick","version":1,"partition":-1}', /^tick partition: /],
  ];
  for (const [value, reason] of refused) {
    it(`refuses ${String(value)} with a reason`, () => {
      const decoded = decodeChannelEvent(value);
      assert.ok(!decoded.ok);
      assert.match(decoded.reason, reason);
    });
  }

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.equal(decodeChannelEvent(bytes).ok, false);
      }),
    );
  });
});
