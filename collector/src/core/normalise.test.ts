import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHANNEL_EVENT_CODECS } from '@crest/shared/records/channel-event';
import fc from 'fast-check';
import { normalise, type ChatRecord, type LineContext } from './normalise.ts';
import type { ChatLine, DeletionLine, MessageLine, NoticeLine } from './twitch-line.ts';

const NOW_MS = 1_000_000;
const CONTEXT: LineContext = {
  nowMs: NOW_MS,
  clampMs: 60_000,
  channelIdOf: (login) => (login === 'harbour' ? '7001' : undefined),
};

const MESSAGE: MessageLine = {
  kind: 'message',
  channelLogin: 'harbour',
  channelId: '7001',
  stampMs: 999_000,
  id: 'id-1',
  userId: '77',
  userLogin: 'ann',
  userName: 'Ann',
  text: 'Kappa!',
  isAction: false,
  bits: 0,
  emoteRanges: '25:0-4',
  replyTo: '',
  sourceChannelId: '',
  sourceId: '',
  tags: { color: '#fff' },
};

const NOTICE: NoticeLine = {
  kind: 'notice',
  channelLogin: 'harbour',
  channelId: '7001',
  stampMs: 999_000,
  id: '',
  userId: '77',
  userLogin: 'ann',
  userName: 'Ann',
  text: '',
  notice: 'resub',
  systemText: 'Ann subscribed.',
  params: { months: '3' },
  sourceChannelId: '',
  sourceId: '',
  tags: {},
};

const DELETION: DeletionLine = {
  kind: 'deletion',
  channelLogin: 'harbour',
  channelId: '',
  stampMs: 999_000,
  scope: 'message',
  targetMessageId: 'm-1',
  targetUserId: null,
  targetUserLogin: 'ann',
  timeoutSeconds: null,
};

function recordOf(line: ChatLine): ChatRecord {
  const normalised = normalise(line, CONTEXT);
  assert.ok(normalised.ok, normalised.ok ? '' : normalised.reason);
  return normalised.record;
}

describe('normalise', () => {
  const records: [name: string, line: ChatLine, expected: Partial<Record<string, unknown>>][] = [
    ['counts emotes', MESSAGE, { type: 'chat.message', atMs: 999_000, emotes: 1, replyTo: null }],
    ['keeps further tags', MESSAGE, { tags: { color: '#fff' } }],
    [
      'names where a shared chat copy is from',
      { ...MESSAGE, sourceChannelId: '7002', sourceId: 'o-1' },
      { mirroredFrom: { channelId: '7002', id: 'o-1' } },
    ],
    [
      'does not take the original of a shared chat for a copy',
      { ...MESSAGE, sourceChannelId: '7001', sourceId: 'id-1' },
      { mirroredFrom: null },
    ],
    [
      'takes the event clock where a stamp lies too far ahead, and keeps the stamp',
      { ...MESSAGE, stampMs: NOW_MS + 60_001 },
      { atMs: NOW_MS, clampedFromMs: NOW_MS + 60_001 },
    ],
    [
      'believes a stamp that is a little ahead, and says when it was read',
      { ...MESSAGE, stampMs: NOW_MS + 60_000 },
      { atMs: NOW_MS + 60_000, clampedFromMs: null, readAtMs: NOW_MS },
    ],
    [
      'says nothing of when a usual line was read',
      { ...NOTICE, stampMs: NOW_MS },
      { atMs: NOW_MS, readAtMs: undefined, readBy: undefined },
    ],
    [
      'takes the event clock where there is no stamp',
      { ...MESSAGE, stampMs: null },
      { atMs: NOW_MS },
    ],
    [
      'derives an id from command, room, target and stamp',
      NOTICE,
      { type: 'chat.notice', id: 'notice:7001:resub/77:999000', params: { months: '3' } },
    ],
    [
      'finds the room of a line that names the login only',
      DELETION,
      { type: 'chat.deletion', channelId: '7001', id: 'deletion.message:7001:m-1:999000' },
    ],
    [
      'gives lines about a room the time of the event clock',
      {
        kind: 'roomState',
        channelLogin: 'harbour',
        channelId: '7001',
        isFull: false,
        settings: { slow: '30' },
      },
      { type: 'room.state', atMs: NOW_MS, settings: { slow: '30' } },
    ],
    [
      'finds the room of a NOTICE',
      {
        kind: 'roomNotice',
        channelLogin: 'harbour',
        channelId: '',
        notice: 'slow_off',
        systemText: 'Off.',
      },
      { type: 'room.notice', channelId: '7001', notice: 'slow_off' },
    ],
  ];
  for (const [name, line, expected] of records) {
    it(name, () => {
      const record: Record<string, unknown> = { ...recordOf(line) };
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(record[field], value, field);
      }
    });
  }

  const refusals: [name: string, line: ChatLine, reason: string][] = [
    ['no channel', { ...MESSAGE, channelLogin: '' }, 'message names no channel'],
    [
      'a room whose id nobody told',
      { ...DELETION, channelLogin: 'elsewhere' },
      'deletion: room id is unknown',
    ],
    ['a stamp that is no number', { ...MESSAGE, stampMs: NaN }, 'message: stamp is not a time'],
    ['a stamp before time began', { ...MESSAGE, stampMs: -1 }, 'message: stamp is not a time'],
    ['a stamp of half a millisecond', { ...MESSAGE, stampMs: 1.5 }, 'message: stamp is not a time'],
  ];
  for (const [name, line, reason] of refusals) {
    it(`refuses ${name}`, () => assert.deepEqual(normalise(line, CONTEXT), { ok: false, reason }));
  }

  it('makes only records that their readers take', () => {
    const stamp = fc.option(fc.oneof(fc.nat(), fc.double(), fc.maxSafeInteger()));
    const text = fc.string({ unit: 'grapheme' });
    const line = fc.record({ stampMs: stamp, id: text, text, emoteRanges: text, channelId: text });
    fc.assert(
      fc.property(line, fc.constantFrom<ChatLine>(MESSAGE, NOTICE, DELETION), (odd, base) => {
        const normalised = normalise({ ...base, ...odd }, CONTEXT);
        if (!normalised.ok) return;
        const { record } = normalised;
        const decoded = CHANNEL_EVENT_CODECS[record.type].decode(structuredClone(record));
        assert.deepEqual(decoded, { ok: true, value: record });
      }),
    );
  });
});
