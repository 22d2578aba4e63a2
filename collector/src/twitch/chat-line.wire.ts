/**
 * From Twitch's words to ours: the one place that knows the names of tags and commands
 * (dev.twitch.tv/docs/chat/irc and, for what that leaves out, what clients have seen).
 */
import type {
  ControlLine,
  DeletionLine,
  MessageLine,
  NoticeLine,
  RoomNoticeLine,
  RoomStateLine,
  TwitchLine,
} from '../core/twitch-line.ts';
import type { IrcLine } from './irc-line.ts';

/** What the line says. Nothing of the view is kept. */
export function translate(line: IrcLine): TwitchLine {
  const translation = Object.hasOwn(TRANSLATIONS, line.command)
    ? TRANSLATIONS[line.command]
    : undefined;
  if (translation !== undefined) return translation(line);
  if (NUMERIC.test(line.command)) return control(line, line.command === '001' ? 'welcome' : 'none');
  return { kind: 'unreadable', reason: 'command is unknown' };
}

const NUMERIC = /^\d{3}$/;

const TRANSLATIONS: Readonly<Record<string, (line: IrcLine) => TwitchLine>> = {
  PRIVMSG: message,
  USERNOTICE: notice,
  CLEARCHAT: roomOrUserCleared,
  CLEARMSG: messageDeleted,
  ROOMSTATE: roomState,
  NOTICE: serverNotice,
  PING: (line) => control(line, 'ping'),
  PONG: (line) => control(line, 'pong'),
  RECONNECT: (line) => control(line, 'reconnect'),
  PART: (line) => control(line, 'parted'),
  JOIN: (line) => control(line, 'none'),
  CAP: (line) => control(line, 'none'),
  GLOBALUSERSTATE: (line) => control(line, 'none'),
  USERSTATE: (line) => control(line, 'none'),
  HOSTTARGET: (line) => control(line, 'none'),
  WHISPER: (line) => control(line, 'none'),
};

const ACTION_START = '\u0001ACTION ';
const ACTION_END = '\u0001';

/** Tags that a message's record has fields for; all others go into its `tags`. */
const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  'bits',
  'display-name',
  'id',
  'reply-parent-msg-id',
  'room-id',
  'source-id',
  'source-room-id',
  'tmi-sent-ts',
  'user-id',
]);

function message(line: IrcLine): MessageLine | { kind: 'unreadable'; reason: string } {
  // An empty text is a message and counts; no text at all is a line that was cut.
  if (!line.hasText) return { kind: 'unreadable', reason: 'PRIVMSG has no text' };
  const isAction = line.text.startsWith(ACTION_START);
  return {
    kind: 'message',
    channelLogin: line.channel,
    channelId: line.tagOrEmpty('room-id'),
    stampMs: stampOf(line),
    id: line.tagOrEmpty('id'),
    userId: line.tagOrEmpty('user-id'),
    userLogin: line.login,
    userName: userNameOf(line, line.login),
    text: isAction ? actionText(line.text) : line.text,
    isAction,
    bits: wholeNumber(line.tag('bits')) ?? 0,
    emoteRanges: line.tagOrEmpty('emotes'),
    replyTo: line.tagOrEmpty('reply-parent-msg-id'),
    sourceChannelId: line.tagOrEmpty('source-room-id'),
    sourceId: line.tagOrEmpty('source-id'),
    tags: tagsBut(line, MESSAGE_FIELDS),
  };
}

function actionText(text: string): string {
  return text.slice(ACTION_START.length, text.endsWith(ACTION_END) ? -1 : undefined);
}

const NOTICE_FIELDS: ReadonlySet<string> = new Set([
  ...MESSAGE_FIELDS,
  'login',
  'msg-id',
  'source-msg-id',
  'system-msg',
]);

const PARAM_PREFIX = 'msg-param-';
const SHARED_CHAT_NOTICE = 'sharedchatnotice';

function notice(line: IrcLine): NoticeLine {
  const tags: Record<string, string> = {};
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(tagsBut(line, NOTICE_FIELDS))) {
    if (name.startsWith(PARAM_PREFIX)) params[name.slice(PARAM_PREFIX.length)] = value;
    else tags[name] = value;
  }
  const userLogin = line.tag('login') ?? line.login;
  return {
    kind: 'notice',
    channelLogin: line.channel,
    channelId: line.tagOrEmpty('room-id'),
    stampMs: stampOf(line),
    id: line.tagOrEmpty('id'),
    userId: line.tagOrEmpty('user-id'),
    userLogin,
    userName: userNameOf(line, userLogin),
    text: line.text,
    notice: noticeWord(line),
    systemText: line.tagOrEmpty('system-msg'),
    params,
    sourceChannelId: line.tagOrEmpty('source-room-id'),
    sourceId: line.tagOrEmpty('source-id'),
    tags,
  };
}

/** What happened; a copy in another room of a shared chat says it in a tag of its own. */
function noticeWord(line: IrcLine): string {
  const word = line.tagOrEmpty('msg-id');
  return word === SHARED_CHAT_NOTICE ? (line.tag('source-msg-id') ?? word) : word;
}

function roomOrUserCleared(line: IrcLine): DeletionLine {
  const login = line.text;
  return {
    kind: 'deletion',
    channelLogin: line.channel,
    channelId: line.tagOrEmpty('room-id'),
    stampMs: stampOf(line),
    scope: login === '' ? 'room' : 'user',
    targetMessageId: null,
    targetUserId: nonEmpty(line.tag('target-user-id')) ?? null,
    targetUserLogin: login === '' ? null : login,
    timeoutSeconds: wholeNumber(line.tag('ban-duration')),
  };
}

function messageDeleted(line: IrcLine): DeletionLine {
  return {
    kind: 'deletion',
    channelLogin: line.channel,
    // Twitch leaves it empty here: the login has to do.
    channelId: line.tagOrEmpty('room-id'),
    stampMs: stampOf(line),
    scope: 'message',
    targetMessageId: nonEmpty(line.tag('target-msg-id')) ?? null,
    targetUserId: null,
    targetUserLogin: nonEmpty(line.tag('login')) ?? null,
    timeoutSeconds: null,
  };
}

const ROOM_ID_ONLY: ReadonlySet<string> = new Set(['room-id']);

function roomState(line: IrcLine): RoomStateLine {
  return {
    kind: 'roomState',
    channelLogin: line.channel,
    channelId: line.tagOrEmpty('room-id'),
    // The answer to a join has all settings, a change only what changed.
    isFull: line.tag('slow') !== undefined && line.tag('subs-only') !== undefined,
    settings: tagsBut(line, ROOM_ID_ONLY),
  };
}

const AUTH_FAILURES: ReadonlySet<string> = new Set([
  'Improperly formatted auth',
  'Login authentication failed',
  'Login unsuccessful',
]);

function serverNotice(line: IrcLine): RoomNoticeLine | ControlLine {
  if (line.channel === '') {
    return control(line, AUTH_FAILURES.has(line.text) ? 'authFailed' : 'none');
  }
  return {
    kind: 'roomNotice',
    channelLogin: line.channel,
    channelId: '',
    notice: line.tagOrEmpty('msg-id'),
    systemText: line.text,
  };
}

function control(line: IrcLine, signal: ControlLine['signal']): ControlLine {
  const { channel: channelLogin, login, text } = line;
  return { kind: 'control', signal, channelLogin, login, text };
}

/** Twitch leaves the name empty where it is the login. */
function userNameOf(line: IrcLine, userLogin: string): string {
  return nonEmpty(line.tag('display-name')) ?? userLogin;
}

function stampOf(line: IrcLine): number | null {
  const stamp = line.tag('tmi-sent-ts');
  return stamp === undefined || stamp === '' ? null : Number(stamp);
}

/** Every tag that is not among `fields`. `__proto__` cannot be a tag's name (IRCv3) nor a key here. */
function tagsBut(line: IrcLine, fields: ReadonlySet<string>): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let i = 0; i < line.tagCount; i += 1) {
    const name = line.tagName(i);
    if (!fields.has(name) && name !== '__proto__') tags[name] = line.tagValue(i);
  }
  return tags;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function wholeNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null;
  return Number(text);
}
