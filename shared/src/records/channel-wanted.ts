/**
 * A channel that somebody wants read: the value under its key in the compacted topic
 * `channels.wanted`. The key is the channel id, or `login:NAME` while the id is not known; a
 * tombstone (null value) means that nobody wants it any more.
 */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface ChannelWanted {
  type: 'channel.wanted';
  version: 1;
  /** Null only under a `login:` key. */
  channelId: string | null;
  channelLogin: string;
}

export const channelWanted = defineRecord<ChannelWanted>(
  'channel.wanted',
  1,
  z.object({
    type: z.literal('channel.wanted'),
    version: z.literal(1),
    channelId: z.string().min(1).nullable(),
    channelLogin: z.string().regex(/^[a-z0-9_]{1,25}$/),
  }),
);

const LOGIN_PREFIX = 'login:';

/** The key of a wanted channel. */
export function wantedKey(wanted: Pick<ChannelWanted, 'channelId' | 'channelLogin'>): string {
  return wanted.channelId ?? `${LOGIN_PREFIX}${wanted.channelLogin}`;
}

/** The login in a `login:NAME` key; null for the key of a known id. */
export function loginOfWantedKey(key: string): string | null {
  return key.startsWith(LOGIN_PREFIX) ? key.slice(LOGIN_PREFIX.length) : null;
}
