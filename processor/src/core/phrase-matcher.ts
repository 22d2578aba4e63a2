/**
 * Which of many phrases a text contains as runs of whole tokens.
 *
 * Every line of chat meets every phrase, so this is a fast path: tokens are looked up instead of
 * phrases searched, and printable ASCII, which NFKC leaves as it is, is only put to lower case.
 */
import { normalisePhrase } from '@crest/shared/records/counter-wanted';

export interface PhraseMatcher<T> {
  /** Of phrases of one token. */
  readonly single: ReadonlyMap<string, readonly T[]>;
  /** Of longer ones, with a space before and after. */
  readonly longer: readonly { readonly needle: string; readonly value: T }[];
}

const PRINTABLE_ASCII = /^[ -~]*$/;

/** Prepares normalised phrases. */
export function matcherOf<T>(phrases: Iterable<readonly [string, T]>): PhraseMatcher<T> {
  const single = new Map<string, T[]>();
  const longer: { needle: string; value: T }[] = [];
  for (const [phrase, value] of phrases) {
    const values = single.get(phrase);
    if (phrase.includes(' ')) longer.push({ needle: ` ${phrase} `, value });
    else if (values === undefined) single.set(phrase, [value]);
    else values.push(value);
  }
  return { single, longer };
}

/** The values of all phrases that the text contains, each phrase once. */
export function matchesIn<T>({ single, longer }: PhraseMatcher<T>, text: string): T[] {
  const tokens = tokensOf(text);
  const found: T[] = [];
  if (single.size > 0) {
    for (let i = 0; i < tokens.length; i += 1) {
      const values = single.get(tokens[i] ?? '');
      if (values === undefined || tokens.indexOf(tokens[i] ?? '') < i) continue;
      found.push(...values);
    }
  }
  if (longer.length === 0) return found;
  const haystack = ` ${tokens.join(' ')} `;
  for (const { needle, value } of longer) if (haystack.includes(needle)) found.push(value);
  return found;
}

function tokensOf(text: string): string[] {
  if (!PRINTABLE_ASCII.test(text)) return normalisePhrase(text).split(' ');
  const tokens = text.toLowerCase().split(' ');
  return tokens.includes('') ? tokens.filter((token) => token !== '') : tokens;
}
