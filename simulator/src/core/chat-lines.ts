/**
 * Builds lines of chat as Twitch sends them: tags in alphabetical order, values escaped, the stamp
 * left open (`ScheduledLine`). Only what a room hears is built here; answers to a client are in
 * `irc-session.ts`.
 */
import type { Chatter } from './chatter.ts';
import { emotesOf } from './emotes.ts';
import type { Room } from './room.ts';
import type { ScheduledLine } from './scheduled-line.ts';
import { escapeTagValue } from './tag-escape.ts';

/** Where a shared chat copy comes from. */
export interface MirrorSource {
  readonly room: Room;
  /** Message id of the original. */
  readonly id: string;
}

export interface MessageFacts {
  readonly offsetMs: number;
  readonly room: Room;
  readonly id: string;
  readonly chatter: Chatter;
  readonly text: string;
  readonly isAction: boolean;
  readonly bits: number;
  /** `client-nonce`, which clients make up; empty where the client sent none. */
  readonly nonce: string;
  readonly isFirst: boolean;
  /** Further tags as rendered (`reply-...`), each with its `;` behind; empty for none. */
  readonly extraTags: string;
  readonly emotes: { readonly tag: string; readonly count: number };
}

/** PRIVMSG: what a chatter wrote. */
export function messageLine(facts: MessageFacts): ScheduledLine {
  const { chatter, room, id, bits } = facts;
  const nonce = facts.nonce === '' ? '' : `client-nonce=${facts.nonce};`;
  const text = facts.isAction ? `\u0001ACTION ${facts.text}\u0001` : facts.text;
  return {
    offsetMs: facts.offsetMs,
    room,
    command: 'PRIVMSG',
    id,
    msgId: '',
    userId: chatter.userId,
    target: '',
    text: facts.text,
    isAction: facts.isAction,
    bits,
    emotes: facts.emotes.count,
    mirrored: false,
    head:
      `@${chatter.badgeTags};${bits > 0 ? `bits=${bits};` : ''}${nonce}${chatter.nameTags};` +
      `emotes=${facts.emotes.tag};first-msg=${facts.isFirst ? 1 : 0};flags=;id=${id};` +
      `mod=${chatter.isModerator ? 1 : 0};${facts.extraTags}returning-chatter=0;` +
      `room-id=${room.id};subscriber=${chatter.subscribedMonths > 0 ? 1 : 0};tmi-sent-ts=`,
    tail: `;${chatter.userTags} ${chatter.prefix} PRIVMSG #${room.login} :${text}\r\n`,
  };
}

export interface NoticeFacts {
  readonly offsetMs: number;
  readonly room: Room;
  readonly id: string;
  readonly chatter: Chatter;
  /** `msg-id`, Twitch's word for what happened. */
  readonly msgId: string;
  /** Twitch's own sentence. */
  readonly systemText: string;
  /** `msg-param-*` without the prefix, in alphabetical order. */
  readonly params: Readonly<Record<string, string>>;
  /** What the user wrote with it, empty for none. */
  readonly text: string;
}

/** USERNOTICE: a sub, a gift, a raid, and the like. */
export function noticeLine(facts: NoticeFacts): ScheduledLine {
  const { chatter, room, id } = facts;
  const emotes = emotesOf(facts.text);
  const params = Object.entries(facts.params)
    .map(([name, value]) => `msg-param-${name}=${escapeTagValue(value)};`)
    .join('');
  return {
    offsetMs: facts.offsetMs,
    room,
    command: 'USERNOTICE',
    id,
    msgId: facts.msgId,
    userId: chatter.userId,
    target: '',
    text: facts.text,
    isAction: false,
    bits: 0,
    emotes: emotes.count,
    mirrored: false,
    head:
      `@${chatter.badgeTags};${chatter.nameTags};emotes=${emotes.tag};flags=;id=${id};` +
      `login=${chatter.login};mod=${chatter.isModerator ? 1 : 0};msg-id=${facts.msgId};${params}` +
      `room-id=${room.id};subscriber=${chatter.subscribedMonths > 0 ? 1 : 0};` +
      `system-msg=${escapeTagValue(facts.systemText)};tmi-sent-ts=`,
    tail:
      `;user-id=${chatter.userId};user-type=${chatter.isModerator ? 'mod' : ''} ` +
      `:tmi.twitch.tv USERNOTICE #${room.login}${facts.text === '' ? '' : ` :${facts.text}`}\r\n`,
  };
}

/** CLEARMSG: one message is gone. Its `room-id` is empty, as Twitch sends it. */
export function messageDeletedLine(deleted: {
  offsetMs: number;
  room: Room;
  messageId: string;
  login: string;
  text: string;
}): ScheduledLine {
  const { room, messageId } = deleted;
  return {
    ...deletion(deleted.offsetMs, room, messageId),
    command: 'CLEARMSG',
    text: deleted.text,
    head: `@login=${deleted.login};room-id=;target-msg-id=${messageId};tmi-sent-ts=`,
    tail: ` :tmi.twitch.tv CLEARMSG #${room.login} :${deleted.text}\r\n`,
  };
}

/** CLEARCHAT with a user: a time-out, or a ban where `seconds` is undefined. */
export function userClearedLine(cleared: {
  offsetMs: number;
  room: Room;
  chatter: Chatter;
  seconds: number | undefined;
}): ScheduledLine {
  const { room, chatter } = cleared;
  const duration = cleared.seconds === undefined ? '' : `ban-duration=${cleared.seconds};`;
  return {
    ...deletion(cleared.offsetMs, room, chatter.userId),
    head: `@${duration}room-id=${room.id};target-user-id=${chatter.userId};tmi-sent-ts=`,
    tail: ` :tmi.twitch.tv CLEARCHAT #${room.login} :${chatter.login}\r\n`,
  };
}

/** CLEARCHAT without a user: the whole room is cleared. */
export function roomClearedLine(offsetMs: number, room: Room): ScheduledLine {
  return {
    ...deletion(offsetMs, room, ''),
    head: `@room-id=${room.id};tmi-sent-ts=`,
    tail: ` :tmi.twitch.tv CLEARCHAT #${room.login}\r\n`,
  };
}

function deletion(offsetMs: number, room: Room, target: string): ScheduledLine {
  return {
    offsetMs,
    room,
    command: 'CLEARCHAT',
    id: '',
    msgId: '',
    userId: '',
    target,
    text: '',
    isAction: false,
    bits: 0,
    emotes: 0,
    mirrored: false,
    head: '',
    tail: '',
  };
}

/**
 * The copy of a line in another room of a shared chat: an id of its own, `source-*` from the
 * original; a notice comes as `sharedchatnotice` with its real word in `source-msg-id`.
 */
export function mirroredLine(
  original: ScheduledLine,
  into: { readonly room: Room; readonly id: string; readonly offsetMs: number },
): ScheduledLine {
  const source: MirrorSource = { room: original.room, id: original.id };
  const head = withSource(original.head, source)
    .replace(`;id=${original.id};`, `;id=${into.id};`)
    .replace(`;room-id=${original.room.id};`, `;room-id=${into.room.id};`)
    .replace(`;msg-id=${original.msgId};`, ';msg-id=sharedchatnotice;')
    .replace(
      `;source-room-id=`,
      original.msgId === ''
        ? ';source-room-id='
        : `;source-msg-id=${original.msgId};source-room-id=`,
    );
  const tail = original.tail.replace(
    ` ${original.command} #${original.room.login}`,
    ` ${original.command} #${into.room.login}`,
  );
  return { ...original, ...into, mirrored: true, head, tail };
}

/** The original's line while its room shares its chat: the source is itself. */
export function sharedOriginal(line: ScheduledLine): ScheduledLine {
  return { ...line, head: withSource(line.head, { room: line.room, id: line.id }) };
}

function withSource(head: string, source: MirrorSource): string {
  const badges = /^@badge-info=([^;]*);badges=([^;]*);/.exec(head);
  return head.replace(
    ';subscriber=',
    `;source-badge-info=${badges?.[1] ?? ''};source-badges=${badges?.[2] ?? ''};` +
      `source-id=${source.id};source-only=0;source-room-id=${source.room.id};subscriber=`,
  );
}
