/**
 * The fast way through `channel.windows`, of which an alerter reads more records than of anything
 * else. It is the same in effect as the long way by JSON and schema, for records as processors
 * write them; for all others it says nothing, and the long way has the word:
 *
 * - A record of a channel that no rule counts is passed over unparsed: its value begins with the
 *   channel's id, which is its key as well, and login.
 * - Of the others only the windows of one second are parsed and checked, because no rule looks at
 *   longer ones: a quarter of the bytes. Parsing was most of what an alerter did.
 */
import type { Window } from '@crest/shared/records/windows-updated';

const TYPE = '{"type":"windows.updated","version":1,"channelId":"';
const LOGIN = '","channelLogin":"';
const LOGIN_CHARACTERS_MAX = 60;
const SECOND = Buffer.from('{"spanSeconds":1,');
/** As it stands in a window whatever comes first in it. */
const ANY_SECOND = Buffer.from('"spanSeconds":1,');
const BRACE = '}'.charCodeAt(0);

/** The login in the value of a record with that key; null where it is not where it always is. */
export function peekLogin(key: string, value: Buffer): string | null {
  const begin = TYPE + key + LOGIN;
  const head = value.toString('latin1', 0, begin.length + LOGIN_CHARACTERS_MAX);
  if (!head.startsWith(begin)) return null;
  const login = head.slice(begin.length, head.indexOf('"', begin.length));
  return /^[a-z0-9_]*$/.test(login) ? login : null;
}

/** The windows of one second in a value; null where they are not as they should be. */
export function cutSeconds(value: Buffer): Window[] | null {
  const windows: Window[] = [];
  for (let at = value.indexOf(SECOND); at !== -1; at = value.indexOf(SECOND, at + 1)) {
    // The first brace closes the counters, the second one the window.
    const end = value.indexOf(BRACE, value.indexOf(BRACE, at) + 1) + 1;
    const window = parsed(value.toString('utf8', at, end));
    if (window === null) return null;
    windows.push(window);
  }
  return windows.length === occurrences(value, ANY_SECOND) ? windows : null;
}

function occurrences(value: Buffer, part: Buffer): number {
  let count = 0;
  for (let at = value.indexOf(part); at !== -1; at = value.indexOf(part, at + 1)) count += 1;
  return count;
}

function parsed(text: string): Window | null {
  try {
    const json = JSON.parse(text) as Window;
    return isCount(json.startMs) && isCount(json.messages) && areCounts(json.counters)
      ? json
      : null;
  } catch {
    return null;
  }
}

function areCounts(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  for (const id in json) if (!isCount((json as Record<string, unknown>)[id])) return false;
  return true;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
