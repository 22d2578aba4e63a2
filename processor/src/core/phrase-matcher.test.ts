import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normalisePhrase } from '@crest/shared/records/counter-wanted';
import fc from 'fast-check';
import { matcherOf, matchesIn } from './phrase-matcher.ts';

const tokens = fc.constantFrom('a', 'B', 'ab', 'Zz~', 'é', 'ＢＩＧ', 'ß', '!x', 'İ');
const spaces = fc.constantFrom(' ', '  ', '\t', '\u00a0');
const texts = fc
  .array(fc.tuple(tokens, spaces), { maxLength: 6 })
  .map((parts) => parts.flat().join(''));

describe('matchesIn', () => {
  it('finds what a search for each phrase in the normalised text finds', () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 6 }), texts, (some, text) => {
        const phrases = some.map(normalisePhrase).filter((phrase) => phrase !== '');
        const haystack = ` ${normalisePhrase(text)} `;
        const expected = phrases.flatMap((phrase, i) =>
          haystack.includes(` ${phrase} `) ? [i] : [],
        );
        const matcher = matcherOf(phrases.map((phrase, i) => [phrase, i] as const));
        assert.deepEqual(matchesIn(matcher, text).sort(), expected.sort());
      }),
      { numRuns: 500 },
    );
  });
});
