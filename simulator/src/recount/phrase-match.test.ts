import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { holdsPhrase, spacedTokens } from './phrase-match.ts';

const holds = (text: string, phrase: string): boolean =>
  holdsPhrase(spacedTokens(text), spacedTokens(phrase));

describe('holdsPhrase', () => {
  const cases: readonly [string, string, string, boolean][] = [
    ['finds a phrase in the middle', 'what a play that was', 'a play', true],
    ['finds a phrase that is the whole text', 'gg', 'gg', true],
    ['finds it in any case', 'GG Well Played', 'gg well', true],
    ['takes any white space for one space', 'well\t\u2003 played', 'well played', true],
    ['takes full-width letters for plain ones', 'ＧＧ', 'gg', true],
    ['does not find a part of a token', 'eggs', 'gg', false],
    ['does not find the beginning of a token', 'ggs', 'gg', false],
    ['does not find the end of a token', 'egg', 'gg', false],
    ['does not find tokens that are apart', 'well he played', 'well played', false],
    ['finds nothing in an empty text', '', 'gg', false],
    ['finds no empty phrase', 'gg', '  ', false],
    ['finds no empty phrase in an empty text', '', '', false],
  ];
  for (const [name, text, phrase, expected] of cases) {
    it(name, () => assert.equal(holds(text, phrase), expected));
  }

  it('says the same as looking at every run of tokens', () => {
    const word = fc.constantFrom('a', 'b', 'ab', 'A');
    const words = fc.array(word, { maxLength: 8 });
    fc.assert(
      fc.property(words, fc.array(word, { minLength: 1, maxLength: 3 }), (text, phrase) => {
        const lower = text.map((each) => each.toLowerCase());
        const wanted = phrase.map((each) => each.toLowerCase());
        const runs = lower.map((_, at) => lower.slice(at, at + wanted.length));
        const isThere = runs.some(
          (run) => run.length === wanted.length && run.every((each, at) => each === wanted[at]),
        );
        assert.equal(holds(text.join(' '), phrase.join('  ')), isThere);
      }),
    );
  });
});
