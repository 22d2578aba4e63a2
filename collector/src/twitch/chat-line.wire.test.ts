import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TwitchLine } from '../core/twitch-line.ts';
import { translate } from './chat-line.wire.ts';
import { IrcLine } from './irc-line.ts';

function read(raw: string): TwitchLine {
  const line = new IrcLine();
  assert.equal(line.read(raw), true);
  return translate(line);
}

const CHAT =
  '@badges=moderator/1;bits=100;color=;display-name=;emotes=25:0-4;id=id-1;new-tag=x\\sy;' +
  'reply-parent-msg-id=p-1;room-id=7001;tmi-sent-ts=1790000000123;user-id=77 ' +
  ':ann!ann@ann.tmi.twitch.tv PRIVMSG #harbour ';

describe('translate', () => {
  const cases: [name: string, raw: string, expected: Record<string, unknown>][] = [
    [
      'a message, with tags that it does not know',
      `${CHAT}:Kappa hi`,
      {
        kind: 'message',
        channelLogin: 'harbour',
        channelId: '7001',
        stampMs: 1790000000123,
        id: 'id-1',
        userId: '77',
        userLogin: 'ann',
        userName: 'ann',
        text: 'Kappa hi',
        isAction: false,
        bits: 100,
        replyTo: 'p-1',
        tags: { badges: 'moderator/1', color: '', emotes: '25:0-4', 'new-tag': 'x y' },
      },
    ],
    ['/me', `${CHAT}:\u0001ACTION waves\u0001`, { text: 'waves', isAction: true }],
    ['/me without its end', `${CHAT}:\u0001ACTION waves`, { text: 'waves', isAction: true }],
    ['a message without text', CHAT.trimEnd(), { kind: 'unreadable' }],
    [
      'bits that are no number',
      CHAT.replace('bits=100', 'bits=many') + ':hi',
      { kind: 'message', bits: 0 },
    ],
    [
      'a subscription',
      '@display-name=Ann;id=n-1;login=ann;msg-id=resub;msg-param-cumulative-months=3;room-id=7001;' +
        'system-msg=Ann\\ssubscribed!;tmi-sent-ts=1;user-id=77 :tmi.twitch.tv USERNOTICE #harbour :hi',
      {
        kind: 'notice',
        notice: 'resub',
        userLogin: 'ann',
        userName: 'Ann',
        text: 'hi',
        systemText: 'Ann subscribed!',
        params: { 'cumulative-months': '3' },
        tags: {},
      },
    ],
    [
      'a notice that nobody has heard of',
      '@id=n-2;login=ann;msg-id=moonlanding;msg-param-crew=3;room-id=7001 :tmi.twitch.tv USERNOTICE #harbour',
      { kind: 'notice', notice: 'moonlanding', params: { crew: '3' }, text: '', stampMs: null },
    ],
    [
      'a copy of a notice in a shared chat by its real word',
      '@id=n-3;login=ann;msg-id=sharedchatnotice;room-id=7001;source-id=o-1;source-msg-id=raid;' +
        'source-room-id=7002 :tmi.twitch.tv USERNOTICE #harbour',
      { notice: 'raid', sourceChannelId: '7002', sourceId: 'o-1' },
    ],
    [
      'a time-out',
      '@ban-duration=600;room-id=7001;target-user-id=78;tmi-sent-ts=1 :tmi.twitch.tv CLEARCHAT #harbour :bob',
      {
        kind: 'deletion',
        scope: 'user',
        targetUserId: '78',
        targetUserLogin: 'bob',
        timeoutSeconds: 600,
      },
    ],
    [
      'a ban',
      '@room-id=7001;target-user-id=78;tmi-sent-ts=1 :tmi.twitch.tv CLEARCHAT #harbour :bob',
      { scope: 'user', timeoutSeconds: null },
    ],
    [
      'a room that is cleared',
      '@room-id=7001;tmi-sent-ts=1 :tmi.twitch.tv CLEARCHAT #harbour',
      { scope: 'room', targetUserId: null, targetUserLogin: null },
    ],
    [
      'a deleted message, whose room-id is empty',
      '@login=bob;room-id=;target-msg-id=m-1;tmi-sent-ts=1 :tmi.twitch.tv CLEARMSG #harbour :spam',
      { scope: 'message', channelId: '', targetMessageId: 'm-1', targetUserLogin: 'bob' },
    ],
    [
      'the answer to a join',
      '@emote-only=0;followers-only=-1;r9k=0;room-id=7001;slow=0;subs-only=0 :tmi.twitch.tv ROOMSTATE #harbour',
      { kind: 'roomState', channelId: '7001', isFull: true },
    ],
    [
      'a changed setting',
      '@room-id=7001;slow=30 :tmi.twitch.tv ROOMSTATE #harbour',
      { kind: 'roomState', isFull: false, settings: { slow: '30' } },
    ],
    [
      'a notice about a room',
      '@msg-id=msg_banned :tmi.twitch.tv NOTICE #harbour :You are banned.',
      { kind: 'roomNotice', notice: 'msg_banned', systemText: 'You are banned.' },
    ],
    [
      'a login that was refused',
      ':tmi.twitch.tv NOTICE * :Login authentication failed',
      { kind: 'control', signal: 'authFailed' },
    ],
    ['the welcome', ':tmi.twitch.tv 001 justinfan1 :Welcome, GLHF!', { signal: 'welcome' }],
    ['other numerics', ':tmi.twitch.tv 372 justinfan1 :-', { signal: 'none' }],
    ['PING', 'PING :tmi.twitch.tv', { signal: 'ping', text: 'tmi.twitch.tv' }],
    ['PONG', ':tmi.twitch.tv PONG tmi.twitch.tv :crest-1-2', { signal: 'pong', text: 'crest-1-2' }],
    ['RECONNECT', ':tmi.twitch.tv RECONNECT', { signal: 'reconnect' }],
    [
      'its own PART',
      ':me!me@me.tmi.twitch.tv PART #harbour',
      { signal: 'parted', login: 'me', channelLogin: 'harbour' },
    ],
    ['a command that nobody has heard of', 'FROBNICATE #harbour', { kind: 'unreadable' }],
    ['a command named like a method', 'toString #harbour', { kind: 'unreadable' }],
  ];
  for (const [name, raw, expected] of cases) {
    it(`reads ${name}`, () => {
      const line: Record<string, unknown> = { ...read(raw) };
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(line[field], value, field);
      }
    });
  }

  it('never throws', () => {
    const part = fc.constantFrom(
      ...['@', 'id=1;', 'emotes=25:0-', 'tmi-sent-ts=x;', '__proto__=1;', ' ', ':a!a@a ', '#b'],
      ...['PRIVMSG', 'USERNOTICE', 'CLEARCHAT', 'ROOMSTATE', ' :', '\u0001ACTION ', 'room-id=;'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const line = new IrcLine();
        if (line.read(parts.join(''))) translate(line);
      }),
    );
  });
});

const REAL = join(import.meta.dirname, '../../../../shared/irc-lines/robotty-irc-lines.json');

describe('real lines', { skip: !existsSync(REAL) && `${REAL} is not there` }, () => {
  it('are all understood', () => {
    const lines = JSON.parse(readFileSync(REAL, 'utf8')) as { raw: string }[];
    const odd = lines.filter(({ raw }) => {
      const line = new IrcLine();
      return !line.read(raw) || translate(line).kind === 'unreadable';
    });
    // Some are malformed on purpose.
    assert.ok(odd.length <= 15, odd.map(({ raw }) => raw).join('\n'));
  });
});
