import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chatMessage } from '@crest/shared/records/chat-message';
import { parseJson } from '@crest/shared/records/record';
import fc from 'fast-check';
import { normalise } from '../core/normalise.ts';
import { UUID_WORDS, uuidWords } from '../core/uuid-table.ts';
import { translate } from './chat-line.wire.ts';
import { IrcLine } from './irc-line.ts';
import { PlainChat } from './plain-chat.wire.ts';
import { plainRecordBytesMax, PlainRecordWriter } from './plain-record.ts';

const FROM = 5;

const USUAL =
  '@badge-info=subscriber/8;badges=moderator/1,subscriber/6;client-nonce=0123456789abcdef;' +
  'color=#1E90FF;display-name=Quiet_Otter;emotes=25:0-4,6-10/1902:12-16;first-msg=0;flags=;' +
  'id=9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d;mod=1;returning-chatter=0;room-id=1234567890;' +
  'subscriber=1;tmi-sent-ts=1700000000123;turbo=0;user-id=42;user-type=mod ' +
  ':quiet_otter!quiet_otter@quiet_otter.tmi.twitch.tv PRIVMSG #amber_attic :Kappa Kappa Keepo ü😀';

/** The record that the short way writes; null where it refuses. */
function shortly(line: string): { json: string; plain: PlainChat } | null {
  const bytes = Buffer.from(`${'x'.repeat(FROM)}${line}\r\nrest`);
  const plain = new PlainChat();
  const end = bytes.indexOf('\n', FROM);
  if (!plain.read(bytes, FROM, end)) return null;
  const into = Buffer.alloc(plainRecordBytesMax(plain) + 3);
  const recordEnd = new PlainRecordWriter().write(plain, into, 3);
  assert.ok(recordEnd < into.length);
  return { json: into.toString('utf8', 3, recordEnd), plain };
}

/** The record that the general way makes. */
function generally(line: string) {
  const view = new IrcLine();
  assert.ok(view.read(line));
  const translated = translate(view);
  assert.equal(translated.kind, 'message');
  const context = { nowMs: 1_700_000_000_500, clampMs: 60_000, channelIdOf: () => undefined };
  const normalised = normalise(translated, context);
  assert.ok(normalised.ok);
  assert.equal(normalised.record.type, 'chat.message');
  return normalised.record;
}

function decoded(json: string) {
  const parsed = parseJson(Buffer.from(json));
  assert.ok(parsed.ok);
  return chatMessage.decode(parsed.value);
}

const digits = fc.nat().map(String);
const word = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', '_', '-', '/', ',', 'é', '😀', '#'),
});
const odd = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '=', ' ', ';', ':', '!', '\u0001', '\t', '0', '\ud83d'),
  maxLength: 6,
});
const escaped = fc.string({
  unit: fc.constantFrom('a', '\\s', '\\:', '\\\\', '\\n', '\\x', '\\', 'é'),
});
const value = fc.oneof(
  { weight: 12, arbitrary: word },
  { weight: 3, arbitrary: escaped },
  { weight: 1, arbitrary: odd },
);
const emotes = fc.oneof(
  fc.constantFrom(
    '',
    '25:0-4',
    '25:0-4,6-10/9:3-4',
    'emotesv2_ab:90-95,1-0',
    '1:x',
    '1',
    '/',
    '25:0-4/',
  ),
  word,
);
const tag: fc.Arbitrary<[string, string]> = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'badges',
      'bits',
      'color',
      'client-nonce',
      'display-name',
      'flags',
      'mod',
      'vip',
    ),
    value,
  ),
  fc.tuple(fc.constant('emotes'), emotes),
  fc.tuple(fc.constantFrom('bits', 'user-id', 'room-id', 'tmi-sent-ts'), digits),
  fc.tuple(fc.constantFrom('reply-parent-msg-id', 'source-id', 'source-room-id', 'id'), value),
  fc.tuple(fc.constantFrom('', '__proto__', 'no-value', 'é', 'user-type', 'first-msg'), value),
);
const needed = fc
  .record({
    id: fc.uuid(),
    room: fc.integer({ min: 0, max: 2 ** 40 }),
    stamp: fc.nat(),
    user: digits,
  })
  .map(({ id, room, stamp, user }) => [
    ['id', id],
    ['room-id', String(room)],
    ['tmi-sent-ts', String(stamp)],
    ['user-id', user],
  ]);
const line = fc
  .record({
    needed,
    others: fc.uniqueArray(tag, { maxLength: 8, selector: ([name]) => name }),
    order: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    login: value,
    channel: fc.oneof(fc.stringMatching(/^[a-z0-9_]{1,9}$/), value),
    text: fc.oneof(word, odd, fc.string({ unit: 'grapheme' })),
    command: fc.constantFrom('PRIVMSG', 'PRIVMSG', 'PRIVMSG', 'USERNOTICE'),
  })
  .map(({ needed: first, others, order, login, channel, text, command }) => {
    const names = new Set(others.map(([name]) => name));
    const all = [...first.filter(([name = '']) => !names.has(name)), ...others];
    const shuffled = all
      .map((pair, i) => ({ pair, at: order[i] ?? 0 }))
      .sort((a, b) => a.at - b.at)
      .map(({ pair: [name, content] }) => `${name}=${content}`);
    return `@${shuffled.join(';')} :${login}!x@y ${command} #${channel} :${text}`;
  });

describe(PlainChat.name, () => {
  it('takes the usual line and makes of it what the general way makes', () => {
    const short = shortly(USUAL);
    assert.ok(short !== null);
    assert.deepEqual(decoded(short.json), { ok: true, value: generally(USUAL) });
    assert.equal(short.plain.stampMs, 1_700_000_000_123);
    assert.equal(short.plain.channelNumber, 1_234_567_890);
    const words = new Int32Array(UUID_WORDS);
    assert.ok(uuidWords('9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d', words));
    assert.deepEqual(short.plain.idWords, words);
    assert.equal(generally(USUAL).emotes, 3);
  });

  it('makes of whatever it takes what the general way makes', () => {
    let taken = 0;
    fc.assert(
      fc.property(line, (text) => {
        const oneLine = text.replaceAll(/[\r\n]/g, '').toWellFormed();
        const short = shortly(oneLine);
        if (short === null) return;
        taken += 1;
        assert.deepEqual(decoded(short.json), { ok: true, value: generally(oneLine) });
      }),
      { numRuns: 3_000 },
    );
    assert.ok(taken > 300, `only ${taken} were taken`);
  });

  for (const [what, changed] of [
    ['replies', USUAL.replace(';mod=', ';reply-parent-msg-id=ab;mod=')],
    ['cheers', USUAL.replace('@', '@bits=100;')],
    ['chatters without a name', USUAL.replace('Quiet_Otter', '')],
    ['empty texts', USUAL.replace(/ :Kappa.*$/, ' :')],
    ['escaped tags', USUAL.replace('flags=', 'flags=a\\sb\\:c\\\\d\\re\\nf\\gü\\é\\')],
    ['texts with a colon', USUAL.replace('Keepo', ':) :')],
  ] as const) {
    it(`takes ${what}`, () => {
      const short = shortly(changed);
      assert.ok(short !== null);
      assert.deepEqual(decoded(short.json), { ok: true, value: generally(changed) });
    });
  }

  for (const [what, changed] of [
    ['/me', USUAL.replace(':Kappa', ':\u0001ACTION Kappa')],
    ['quotes', USUAL.replace('Keepo', '"Keepo"')],
    ['backslashes', USUAL.replace('Keepo', '\\')],
    ['escaped names', USUAL.replace('Quiet_Otter', 'Quiet\\sOtter')],
    ['lines without an id', USUAL.replace(/id=9[^;]*;/, '')],
    ['ids of another form', USUAL.replace('9b1deb4d', '9B1DEB4D')],
    ['lines without a stamp', USUAL.replace(/tmi-sent-ts=[^;]*;/, '')],
    ['stamps that are none', USUAL.replace('1700000000123', '17e8')],
    ['a tag twice', USUAL.replace(';mod=', ';user-id=7;mod=')],
    ['shared chats', USUAL.replace(';subscriber=', ';source-room-id=1234567890;subscriber=')],
    ['other commands', USUAL.replace('PRIVMSG', 'USERNOTICE')],
    ['lines without tags', USUAL.slice(USUAL.indexOf(' ') + 1)],
    ['lines without a text', USUAL.replace(/ :Kappa.*$/, '')],
    ['lines without a room id', USUAL.replace('room-id=1234567890', 'room-id=')],
    ['no line', ''],
  ] as const) {
    it(`leaves ${what} to the general way`, () => {
      assert.equal(shortly(changed), null);
    });
  }
});
