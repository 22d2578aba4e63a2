/** A room of the pretend Twitch, and how it comes by its login and id. */
import { hashText } from './seeded-random.ts';

export interface Room {
  /** Channel login: lower case letters, digits and `_`, 25 at most. */
  readonly login: string;
  /** Twitch's room-id: digits. */
  readonly id: string;
}

const LOGIN_LENGTH_MAX = 25;

/**
 * Gives every name a room: the login is the name made valid, the id follows from run and login, so
 * that two runs never share an id. Names that would give the same login are told apart.
 */
export function roomsOf(names: readonly string[], runId: string): Room[] {
  const logins = new Set<string>();
  const ids = new Set<string>();
  return names.map((name) => {
    const login = unused(logins, (attempt) => loginOf(name, attempt));
    const id = unused(ids, (attempt) => roomIdOf(`${runId}/${login}/${attempt}`));
    return { login, id };
  });
}

function unused(taken: Set<string>, candidate: (attempt: number) => string): string {
  let attempt = 0;
  while (taken.has(candidate(attempt))) attempt += 1;
  const found = candidate(attempt);
  taken.add(found);
  return found;
}

/** Names that are too long, or taken, end in a few digits of their own hash. */
function loginOf(name: string, attempt: number): string {
  const valid =
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]/g, '_')
      .replace(/^_+/, '') || 'room';
  if (valid.length <= LOGIN_LENGTH_MAX && attempt === 0) return valid;
  const digits = hashText(`${name}/${attempt}`, 0x811c9dc5).toString(36).padStart(7, '0');
  return `${valid.slice(0, LOGIN_LENGTH_MAX - digits.length - 1)}_${digits}`;
}

/** Ten digits: as long as Twitch's newest ids, and clear of the low ones that documents show. */
function roomIdOf(text: string): string {
  const spread = hashText(text, 0x811c9dc5) * 2 + (hashText(text, 0x01000193) & 1);
  return String(1_000_000_000 + (spread % 8_999_999_999));
}
