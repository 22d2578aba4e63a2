/**
 * The parsers that `bench parse` compares, each made to yield the same: command, channel, login,
 * text and ten named tags, unescaped. What a library leaves to its caller is done here as a caller
 * would do it, no slower than need be.
 */
import { createRequire } from 'node:module';
import { IrcLine } from '@crest/collector/twitch/irc-line';

/** The tags that every parser must yield: those from which the collector makes its records. */
export const TEN_TAGS = [
  'bits',
  'color',
  'display-name',
  'emotes',
  'id',
  'reply-parent-msg-id',
  'room-id',
  'system-msg',
  'tmi-sent-ts',
  'user-id',
] as const;

/** What is yielded: command, channel, login, text, and the ten tags in their order; '' for absent. */
export type Yield = readonly string[];

export interface Adapter {
  readonly name: string;
  /** Null where the parser refuses the line. */
  parse(line: string): Yield | null;
}

interface TagsAndParams {
  readonly tags: Readonly<Record<string, string | true | null | undefined>>;
  readonly prefix: string | null;
  readonly command: string | null;
  readonly params: readonly string[];
}

interface TwurpleMessage {
  readonly tags: ReadonlyMap<string, string>;
  readonly prefix?: { readonly nick: string; readonly user?: string };
  readonly command: string;
  readonly rawParamValues: readonly string[];
}

const require = createRequire(import.meta.url);

/** Ours first, then the three of others. */
export function adapters(): Adapter[] {
  return [ours(), tmi(), ircMessage(), twurple()];
}

function ours(): Adapter {
  const line = new IrcLine();
  return {
    name: 'crest',
    parse: (raw) => {
      if (!line.read(raw)) return null;
      return [
        line.command,
        line.channel,
        line.login,
        line.text,
        line.tagOrEmpty('bits'),
        line.tagOrEmpty('color'),
        line.tagOrEmpty('display-name'),
        line.tagOrEmpty('emotes'),
        line.tagOrEmpty('id'),
        line.tagOrEmpty('reply-parent-msg-id'),
        line.tagOrEmpty('room-id'),
        line.tagOrEmpty('system-msg'),
        line.tagOrEmpty('tmi-sent-ts'),
        line.tagOrEmpty('user-id'),
      ];
    },
  };
}

function tmi(): Adapter {
  const parser = require('tmi.js/lib/parser.js') as { msg(line: string): TagsAndParams | null };
  return { name: 'tmi.js', parse: (raw) => yieldOf(parser.msg(raw)) };
}

function ircMessage(): Adapter {
  const { parse } = require('irc-message') as { parse(line: string): TagsAndParams | null };
  return { name: 'irc-message', parse: (raw) => yieldOf(parse(raw)) };
}

/** Both keep tags escaped, and give `true` for an empty one. */
function yieldOf(message: TagsAndParams | null): Yield | null {
  if (message?.command == null) return null;
  const { tags, params } = message;
  const isChannel = params[0]?.startsWith('#') === true;
  return [
    message.command,
    isChannel ? (params[0] as string).slice(1) : '',
    nickOf(message.prefix),
    lastParam(params, isChannel),
    plain(tags['bits']),
    plain(tags['color']),
    plain(tags['display-name']),
    plain(tags['emotes']),
    plain(tags['id']),
    plain(tags['reply-parent-msg-id']),
    plain(tags['room-id']),
    plain(tags['system-msg']),
    plain(tags['tmi-sent-ts']),
    plain(tags['user-id']),
  ];
}

function nickOf(prefix: string | null): string {
  const end = prefix?.indexOf('!') ?? -1;
  return prefix !== null && end > 0 ? prefix.slice(0, end) : '';
}

function lastParam(params: readonly string[], isChannel: boolean): string {
  return params.length > (isChannel ? 1 : 0) ? (params.at(-1) as string) : '';
}

const MEANING: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n' };

function plain(value: string | true | null | undefined): string {
  if (typeof value !== 'string') return '';
  if (!value.includes('\\')) return value;
  return value.replaceAll(/\\(.?)/gs, (_, escaped: string) => MEANING[escaped] ?? escaped);
}

/** @twurple/chat reads lines with `ircv3`; its own message classes give the parameters names. */
function twurple(): Adapter {
  const chat = createRequire(require.resolve('@twurple/chat'));
  const { parseMessage } = chat('ircv3') as {
    parseMessage(line: string): TwurpleMessage;
  };
  return {
    name: '@twurple/chat',
    parse: (raw) => {
      const message = parseOrNull(parseMessage, raw);
      if (message === null) return null;
      const { tags, prefix, command, rawParamValues: params } = message;
      const isChannel = params[0]?.startsWith('#') === true;
      return [
        command,
        isChannel ? (params[0] as string).slice(1) : '',
        prefix?.user === undefined ? '' : prefix.nick,
        lastParam(params, isChannel),
        ...TEN_TAGS.map((name) => tags.get(name) ?? ''),
      ];
    },
  };
}

function parseOrNull<T>(parse: (raw: string) => T, raw: string): T | null {
  try {
    return parse(raw);
  } catch {
    return null;
  }
}
