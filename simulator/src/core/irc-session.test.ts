import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseClientCommand } from './client-command.ts';
import {
  type Effect,
  type Session,
  type SessionSurroundings,
  answer,
  newSession,
} from './irc-session.ts';
import { SlidingLimit } from './sliding-limit.ts';

const ROOMS = ['alpha', 'beta', 'gamma'].map((login, index) => ({ login, id: String(index + 1) }));

function surroundingsWith(changes: Partial<SessionSurroundings> = {}): SessionSurroundings {
  return {
    nowMs: 0,
    findRoom: (login) => ROOMS.find((room) => room.login === login),
    refusalOf: () => undefined,
    accounts: new Map([['reader', 'secret']]),
    joins: new SlidingLimit({ max: 20, windowMs: 10_000 }),
    logins: new SlidingLimit({ max: 20, windowMs: 10_000 }),
    joinScope: 'nick',
    remoteAddress: '127.0.0.1',
    roomsMax: 100,
    roomsOfLogin: () => 0,
    ...changes,
  };
}

/** Says lines one after the other; what happened, as short texts. */
function converse(
  lines: readonly string[],
  surroundings = surroundingsWith(),
  session: Session = newSession(),
): string[] {
  return lines.flatMap((line) => {
    const command = parseClientCommand(line);
    assert.ok(command);
    return answer(session, command, surroundings).flatMap(shortly);
  });
}

function shortly(effect: Effect): string[] {
  switch (effect.do) {
    case 'send':
      return [...effect.lines];
    case 'join':
    case 'part':
      return [`(${effect.do} ${effect.room.login})`];
    case 'pong':
      return ['(pong)'];
    case 'close':
      return [`(close: ${effect.reason})`];
  }
}

const LOGIN = ['CAP REQ :twitch.tv/tags twitch.tv/commands', 'NICK justinfan1'];
const S = ':tmi.twitch.tv';

const cases: {
  name: string;
  say: string[];
  hear: string[];
  with?: Partial<SessionSurroundings>;
}[] = [
  {
    name: 'lists its capabilities, whatever version is asked for',
    say: ['CAP LS 302', 'CAP END'],
    hear: [`${S} CAP * LS :twitch.tv/commands twitch.tv/membership twitch.tv/tags`],
  },
  {
    name: 'grants none of the capabilities where one is unknown',
    say: ['CAP REQ :twitch.tv/tags away-notify'],
    hear: [`${S} CAP * NAK :twitch.tv/tags away-notify`],
  },
  {
    name: 'refuses a name without a token',
    say: ['NICK reader'],
    hear: [`${S} NOTICE * :Improperly formatted auth`, '(close: no token)'],
  },
  {
    name: 'refuses a wrong token',
    say: ['PASS oauth:wrong', 'NICK reader'],
    hear: [`${S} NOTICE * :Login authentication failed`, '(close: bad token)'],
  },
  {
    name: 'wants PASS before NICK',
    say: ['NICK justinfan1', 'PASS oauth:secret'],
    hear: [...welcome('justinfan1'), `${S} NOTICE * :Improperly formatted auth`],
  },
  {
    name: 'hears nothing but the login before the login',
    say: ['JOIN #alpha', 'WHAT'],
    hear: [],
  },
  {
    name: 'answers PING with its text, even before the login',
    say: ['PING abc', 'PING :two words', 'PONG :x'],
    hear: [`${S} PONG tmi.twitch.tv :abc`, `${S} PONG tmi.twitch.tv :two words`, '(pong)'],
  },
  {
    name: 'says nothing at all to the join of a login that nobody has',
    say: [...LOGIN, 'JOIN #nobody'],
    hear: [ack(), ...welcome('justinfan1')],
  },
  {
    name: 'confirms each room of a list with echo, names and full ROOMSTATE',
    say: [...LOGIN, 'JOIN #alpha,#BETA', 'JOIN #alpha'],
    hear: [ack(), ...welcome('justinfan1'), ...confirmed('alpha', '1'), ...confirmed('beta', '2')],
  },
  {
    name: 'refuses a banned reader with a NOTICE',
    say: [...LOGIN, 'JOIN #alpha'],
    with: { refusalOf: () => 'banned' },
    hear: [
      ack(),
      ...welcome('justinfan1'),
      `@msg-id=msg_banned ${S} NOTICE #alpha :You are permanently banned from talking in this channel.`,
    ],
  },
  {
    name: 'drops the connection of whoever joins too fast, and hears no more from it',
    say: [...LOGIN, 'JOIN #alpha,#beta,#gamma', 'PING a'],
    with: { joins: new SlidingLimit({ max: 2, windowMs: 10_000 }) },
    hear: [
      ack(),
      ...welcome('justinfan1'),
      ...confirmed('alpha', '1'),
      ...confirmed('beta', '2'),
      '(close: too many joins)',
    ],
  },
  {
    name: 'counts logins too',
    say: ['NICK justinfan1'],
    with: { logins: new SlidingLimit({ max: 0, windowMs: 10_000 }) },
    hear: ['(close: too many logins)'],
  },
  {
    name: 'keeps silent about a room too many',
    say: [...LOGIN, 'JOIN #alpha,#beta'],
    with: { roomsMax: 1 },
    hear: [ack(), ...welcome('justinfan1'), ...confirmed('alpha', '1')],
  },
  {
    name: 'lets a reader leave, once',
    say: [...LOGIN, 'JOIN #alpha', 'PART #alpha', 'PART #alpha'],
    hear: [
      ack(),
      ...welcome('justinfan1'),
      ...confirmed('alpha', '1'),
      ':justinfan1!justinfan1@justinfan1.tmi.twitch.tv PART #alpha',
      '(part alpha)',
    ],
  },
  {
    name: 'names commands that it does not know, and hears PRIVMSG in silence',
    say: [...LOGIN, 'PRIVMSG #alpha :hello', 'DANCE', 'QUIT'],
    hear: [
      ack(),
      ...welcome('justinfan1'),
      `${S} 421 justinfan1 DANCE :Unknown command`,
      '(close: quit)',
    ],
  },
];

function ack(): string {
  return `${S} CAP * ACK :twitch.tv/tags twitch.tv/commands`;
}

function welcome(login: string): string[] {
  return [
    `${S} 001 ${login} :Welcome, GLHF!`,
    `${S} 002 ${login} :Your host is tmi.twitch.tv`,
    `${S} 003 ${login} :This server is rather new`,
    `${S} 004 ${login} :-`,
    `${S} 375 ${login} :-`,
    `${S} 372 ${login} :You are in a maze of twisty passages, all alike.`,
    `${S} 376 ${login} :>`,
  ];
}

function confirmed(room: string, id: string): string[] {
  return [
    `:justinfan1!justinfan1@justinfan1.tmi.twitch.tv JOIN #${room}`,
    `:justinfan1.tmi.twitch.tv 353 justinfan1 = #${room} :justinfan1`,
    `:justinfan1.tmi.twitch.tv 366 justinfan1 #${room} :End of /NAMES list`,
    `@emote-only=0;followers-only=-1;r9k=0;room-id=${id};slow=0;subs-only=0 ${S} ROOMSTATE #${room}`,
    `(join ${room})`,
  ];
}

describe(answer.name, () => {
  for (const { name, say, hear, with: changes } of cases) {
    it(name, () => {
      assert.deepEqual(converse(say, surroundingsWith(changes)), hear);
    });
  }

  it('welcomes a reader with a name and token, and tells who they are', () => {
    const heard = converse([
      'CAP REQ :twitch.tv/tags twitch.tv/commands',
      'PASS oauth:secret',
      'NICK Reader',
      'JOIN #alpha',
    ]);
    assert.match(heard[8] ?? '', /^@.*display-name=reader.* :tmi\.twitch\.tv GLOBALUSERSTATE$/);
    assert.match(heard.at(-3) ?? '', /USERSTATE #alpha$/);
  });

  it('sends no tags to who did not ask for them, and no ROOMSTATE without commands', () => {
    const heard = converse(['CAP REQ twitch.tv/commands', 'NICK justinfan1', 'JOIN #alpha']);
    assert.equal(heard.at(-2), `${S} ROOMSTATE #alpha`);
    const bare = converse(['NICK justinfan1', 'JOIN #alpha']);
    assert.match(bare.at(-2) ?? '', / 366 /);
  });

  it('counts joins by address where the scope says so', () => {
    const surroundings = surroundingsWith({
      joinScope: 'ip',
      joins: new SlidingLimit({ max: 1, windowMs: 10_000 }),
    });
    converse(['NICK justinfan1', 'JOIN #alpha'], surroundings);
    const second = converse(['NICK justinfan2', 'JOIN #beta'], surroundings);
    assert.equal(second.at(-1), '(close: too many joins)');
  });
});
