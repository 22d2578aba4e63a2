/**
 * One client's conversation with the pretend Twitch: capabilities, login, joins and parts. Pure: a
 * command and what the server knows go in, effects come out; the socket is elsewhere.
 *
 * The rules are those of dev.twitch.tv/docs (IRC) and, where that says nothing, what clients have
 * seen; each is named at its place.
 */
import type { ClientCommand } from './client-command.ts';
import type { Room } from './room.ts';
import type { SlidingLimit } from './sliding-limit.ts';

/**
 * `greeting`: not logged in; `reading`: logged in; `closed`: nothing more is answered.
 * Only `loggedIn` and `closing` change it.
 */
export type SessionPhase = 'greeting' | 'reading' | 'closed';

export interface Session {
  phase: SessionPhase;
  /** Token of PASS, empty before it. */
  pass: string;
  /** Login, empty before NICK. */
  nick: string;
  readonly capabilities: Set<string>;
  readonly rooms: Set<Room>;
}

export type Refusal = 'suspended' | 'banned' | 'tos' | 'silent';

/** What the server knows and one session does not. */
export interface SessionSurroundings {
  /** Wall time, epoch milliseconds: limits are about real time. */
  readonly nowMs: number;
  readonly findRoom: (login: string) => Room | undefined;
  /** Why a join of this login is refused now; undefined where it is not. */
  readonly refusalOf: (login: string) => Refusal | undefined;
  /** Token by login, for those who do not read anonymously. */
  readonly accounts: ReadonlyMap<string, string>;
  readonly joins: SlidingLimit;
  readonly logins: SlidingLimit;
  /** Whom the join limit is counted for. */
  readonly joinScope: 'nick' | 'ip';
  readonly remoteAddress: string;
  readonly roomsMax: number;
  /** Rooms that the sessions of this login have joined, this one included. */
  readonly roomsOfLogin: (nick: string) => number;
}

export type Effect =
  | { readonly do: 'send'; readonly lines: readonly string[] }
  | { readonly do: 'join'; readonly room: Room }
  | { readonly do: 'part'; readonly room: Room }
  | { readonly do: 'pong' }
  | { readonly do: 'close'; readonly reason: string };

export function newSession(): Session {
  return { phase: 'greeting', pass: '', nick: '', capabilities: new Set(), rooms: new Set() };
}

/** Does one command. The session given is changed; the effects are to be done in their order. */
export function answer(
  session: Session,
  command: ClientCommand,
  surroundings: SessionSurroundings,
): Effect[] {
  if (session.phase === 'closed') return [];
  const handler = HANDLERS[command.name];
  if (handler !== undefined) return handler(session, command, surroundings);
  return session.phase === 'reading' ? asReader(session, command, surroundings) : [];
}

const SERVER = 'tmi.twitch.tv';
const KNOWN_CAPABILITIES = ['twitch.tv/commands', 'twitch.tv/membership', 'twitch.tv/tags'];

type Handler = (
  session: Session,
  command: ClientCommand,
  surroundings: SessionSurroundings,
) => Effect[];

/** Commands that are heard before the login too. */
const HANDLERS: Readonly<Record<string, Handler | undefined>> = {
  CAP: capabilities,
  PASS: pass,
  NICK: nick,
  USER: () => [],
  PING: (_, { params }) => [send(`:${SERVER} PONG ${SERVER} :${params.at(-1) ?? ''}`)],
  PONG: () => [{ do: 'pong' }],
  QUIT: (session) => [closing(session, 'quit')],
};

function asReader(
  session: Session,
  command: ClientCommand,
  surroundings: SessionSurroundings,
): Effect[] {
  switch (command.name) {
    case 'JOIN':
      return loginsIn(command).flatMap((login) => join(session, login, surroundings));
    case 'PART':
      return loginsIn(command).flatMap((login) => part(session, surroundings.findRoom(login)));
    case 'PRIVMSG':
      // Anonymous readers cannot write and are told nothing; nobody else needs to write here.
      return [];
    default:
      return [send(`:${SERVER} 421 ${session.nick} ${command.name} :Unknown command`)];
  }
}

/** `CAP REQ` is all or nothing: one unknown name and none is granted (IRCv3 capabilities). */
function capabilities(session: Session, { params }: ClientCommand): Effect[] {
  const [verb, list = ''] = [params[0]?.toUpperCase(), params.at(-1)];
  if (verb === 'LS') return [send(`:${SERVER} CAP * LS :${KNOWN_CAPABILITIES.join(' ')}`)];
  if (verb !== 'REQ') return [];
  const wanted = list.split(' ').filter((name) => name !== '');
  const isKnown = wanted.every((name) => KNOWN_CAPABILITIES.includes(name));
  if (!isKnown) return [send(`:${SERVER} CAP * NAK :${list}`)];
  for (const name of wanted) session.capabilities.add(name);
  return [send(`:${SERVER} CAP * ACK :${list}`)];
}

/** PASS has to come before NICK. */
function pass(session: Session, { params }: ClientCommand): Effect[] {
  if (session.phase !== 'greeting' || params[0] === undefined) {
    return [send(`:${SERVER} NOTICE * :Improperly formatted auth`)];
  }
  session.pass = params[0];
  return [];
}

const ANONYMOUS = /^justinfan\d+$/;

function nick(
  session: Session,
  { params }: ClientCommand,
  surroundings: SessionSurroundings,
): Effect[] {
  if (session.phase !== 'greeting') return [];
  const login = (params[0] ?? '').toLowerCase();
  if (!surroundings.logins.take(scopeKey(login, surroundings), surroundings.nowMs)) {
    return [closing(session, 'too many logins')];
  }
  const isAnonymous = ANONYMOUS.test(login);
  if (!isAnonymous && !session.pass.startsWith('oauth:')) {
    return [send(`:${SERVER} NOTICE * :Improperly formatted auth`), closing(session, 'no token')];
  }
  if (!isAnonymous && `oauth:${surroundings.accounts.get(login) ?? ''}` !== session.pass) {
    const refused = `:${SERVER} NOTICE * :Login authentication failed`;
    return [send(refused), closing(session, 'bad token')];
  }
  return [loggedIn(session, login, isAnonymous)];
}

/** 001 to 376 in one frame, and who they are for those who have a name. */
function loggedIn(session: Session, login: string, isAnonymous: boolean): Effect {
  session.phase = 'reading';
  session.nick = login;
  const welcome = [
    `:${SERVER} 001 ${login} :Welcome, GLHF!`,
    `:${SERVER} 002 ${login} :Your host is ${SERVER}`,
    `:${SERVER} 003 ${login} :This server is rather new`,
    `:${SERVER} 004 ${login} :-`,
    `:${SERVER} 375 ${login} :-`,
    `:${SERVER} 372 ${login} :You are in a maze of twisty passages, all alike.`,
    `:${SERVER} 376 ${login} :>`,
  ];
  if (!isAnonymous && session.capabilities.has('twitch.tv/commands')) {
    const tags = `@badge-info=;badges=;color=;display-name=${login};emote-sets=0;user-id=1;user-type=`;
    welcome.push(tagged(session, tags, `:${SERVER} GLOBALUSERSTATE`));
  }
  return send(...welcome);
}

function join(session: Session, login: string, surroundings: SessionSurroundings): Effect[] {
  if (session.phase === 'closed') return [];
  // Each room of `JOIN #a,#b` counts; over the limit the connection is dropped.
  if (!surroundings.joins.take(scopeKey(session.nick, surroundings), surroundings.nowMs)) {
    return [closing(session, 'too many joins')];
  }
  const refusal = surroundings.refusalOf(login);
  if (refusal !== undefined) return refused(session, login, refusal);
  const room = surroundings.findRoom(login);
  // A login that nobody has is dropped without a word; a second join of a room as well. What
  // Twitch says to a room too many is not known: silence is the harder case for a client.
  if (room === undefined || session.rooms.has(room)) return [];
  const joined = Math.max(session.rooms.size, surroundings.roomsOfLogin(session.nick));
  if (joined >= surroundings.roomsMax) return [];
  session.rooms.add(room);
  return [send(...confirmation(session, room)), { do: 'join', room }];
}

function confirmation(session: Session, room: Room): string[] {
  const { nick: login } = session;
  const lines = [
    `:${login}!${login}@${login}.${SERVER} JOIN #${room.login}`,
    `:${login}.${SERVER} 353 ${login} = #${room.login} :${login}`,
    `:${login}.${SERVER} 366 ${login} #${room.login} :End of /NAMES list`,
  ];
  if (!session.capabilities.has('twitch.tv/commands')) return lines;
  if (!ANONYMOUS.test(login)) {
    const tags = `@badge-info=;badges=;color=;display-name=${login};emote-sets=0;mod=0;subscriber=0;user-type=`;
    lines.push(tagged(session, tags, `:${SERVER} USERSTATE #${room.login}`));
  }
  const tags = `@emote-only=0;followers-only=-1;r9k=0;room-id=${room.id};slow=0;subs-only=0`;
  lines.push(tagged(session, tags, `:${SERVER} ROOMSTATE #${room.login}`));
  return lines;
}

const REFUSAL_NOTICES: Readonly<Record<Exclude<Refusal, 'silent'>, [id: string, text: string]>> = {
  suspended: ['msg_channel_suspended', 'This channel does not exist or has been suspended.'],
  banned: ['msg_banned', 'You are permanently banned from talking in this channel.'],
  tos: ['tos_ban', 'This channel has been closed due to Terms of Service violations.'],
};

function refused(session: Session, login: string, refusal: Refusal): Effect[] {
  if (refusal === 'silent') return [];
  const [id, text] = REFUSAL_NOTICES[refusal];
  return [send(tagged(session, `@msg-id=${id}`, `:${SERVER} NOTICE #${login} :${text}`))];
}

function part(session: Session, room: Room | undefined): Effect[] {
  if (room === undefined || !session.rooms.delete(room)) return [];
  const { nick: login } = session;
  return [send(`:${login}!${login}@${login}.${SERVER} PART #${room.login}`), { do: 'part', room }];
}

function loginsIn({ params }: ClientCommand): string[] {
  return (params[0] ?? '')
    .split(',')
    .map((name) => name.trim().replace(/^#/, '').toLowerCase())
    .filter((name) => name !== '');
}

function scopeKey(login: string, surroundings: SessionSurroundings): string {
  return surroundings.joinScope === 'ip' ? surroundings.remoteAddress : login;
}

function tagged(session: Session, tags: string, line: string): string {
  return session.capabilities.has('twitch.tv/tags') ? `${tags} ${line}` : line;
}

function send(...lines: string[]): Effect {
  return { do: 'send', lines };
}

function closing(session: Session, reason: string): Effect {
  session.phase = 'closed';
  return { do: 'close', reason };
}
