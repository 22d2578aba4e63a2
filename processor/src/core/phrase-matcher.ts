/**
 * Which of many phrases a text contains as runs of whole tokens.
 *
 * Every line of chat meets every phrase, so there is a fast way for the usual text, which is
 * printable ASCII (NFKC leaves that as it is) and holds no token with which a phrase of several
 * begins. It hashes each token where it stands and looks up only those whose hash some phrase has:
 * no token is cut out for nothing. All other texts go the long way.
 */
import { normalisePhrase } from '@crest/shared/records/counter-wanted';

export interface PhraseMatcher<T> {
  /** Of phrases of one token. */
  readonly single: ReadonlyMap<string, readonly T[]>;
  /** Of longer ones, with a space before and after. */
  readonly longer: readonly { readonly needle: string; readonly value: T }[];
  /** By the hash of a token, what begins with it: nothing, phrases of one token, longer ones. */
  readonly marks: Uint8Array;
}

const SINGLE = 1;
const LONGER = 2;
/** A power of two, many times the phrases that there are. */
const MARKS = 8_192;
/** Of FNV-1a, 32 bits. */
const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

const SPACE = 0x20;
const LAST_PRINTABLE = 0x7e;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const TO_LOWER = 0x20;

/** Prepares normalised phrases. */
export function matcherOf<T>(phrases: Iterable<readonly [string, T]>): PhraseMatcher<T> {
  const single = new Map<string, T[]>();
  const longer: { needle: string; value: T }[] = [];
  const marks = new Uint8Array(MARKS);
  for (const [phrase, value] of phrases) {
    const [first = '', ...others] = phrase.split(' ');
    const slot = slotOf(hashOf(first));
    marks[slot] = (marks[slot] ?? 0) | (others.length > 0 ? LONGER : SINGLE);
    const values = single.get(phrase);
    if (others.length > 0) longer.push({ needle: ` ${phrase} `, value });
    else if (values === undefined) single.set(phrase, [value]);
    else values.push(value);
  }
  return { single, longer, marks };
}

/** The values of all phrases that the text contains, each phrase once. */
export function matchesIn<T>(matcher: PhraseMatcher<T>, text: string): T[] {
  return (matchesInPlain(matcher, text) ?? matchesInAny(matcher, text)).flat();
}

/** Null for a text that has to go the long way. */
function matchesInPlain<T>(
  { single, marks }: PhraseMatcher<T>,
  text: string,
): (readonly T[])[] | null {
  const found: (readonly T[])[] = [];
  let hash = BASIS;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const unit = at < text.length ? text.charCodeAt(at) : SPACE;
    if (unit < SPACE || unit > LAST_PRINTABLE) return null;
    if (unit !== SPACE) {
      hash = hashed(hash, unit);
      continue;
    }
    const mark = marks[slotOf(hash)] ?? 0;
    if ((mark & LONGER) !== 0) return null;
    if (mark === SINGLE) addTo(found, single.get(text.slice(start, at).toLowerCase()));
    hash = BASIS;
    start = at + 1;
  }
  return found;
}

function matchesInAny<T>({ single, longer }: PhraseMatcher<T>, text: string): (readonly T[])[] {
  const normalised = normalisePhrase(text);
  const found: (readonly T[])[] = [];
  for (const token of normalised.split(' ')) addTo(found, single.get(token));
  const haystack = ` ${normalised} `;
  for (const { needle, value } of longer) if (haystack.includes(needle)) found.push([value]);
  return found;
}

function addTo<T>(found: T[], values: T | undefined): void {
  if (values !== undefined && !found.includes(values)) found.push(values);
}

function hashOf(token: string): number {
  let hash = BASIS;
  for (let at = 0; at < token.length; at += 1) hash = hashed(hash, token.charCodeAt(at));
  return hash;
}

/** One more character, in lower case if it is ASCII. */
function hashed(hash: number, unit: number): number {
  const lower = unit >= UPPER_A && unit <= UPPER_Z ? unit + TO_LOWER : unit;
  return Math.imul(hash ^ lower, PRIME);
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (MARKS - 1);
}
