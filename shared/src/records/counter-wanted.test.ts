import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { counterIdOf, normalisePhrase } from './counter-wanted.ts';

describe('normalisePhrase', () => {
  const cases: readonly [string, string][] = [
    ['Hello World', 'hello world'],
    ['  Hello \t World\n', 'hello world'],
    ['ＬＵＬ', 'lul'],
    ['ﬁne', 'fine'],
    ['ÄÖ', 'äö'],
    ['\u3000x', 'x'],
    ['', ''],
  ];
  for (const [given, expected] of cases) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(given)}`, () => {
      assert.equal(normalisePhrase(given), expected);
    });
  }
});

describe('counterIdOf', () => {
  it('is the same for phrases that count the same', () => {
    assert.equal(counterIdOf('Pog  Champ'), counterIdOf('pog champ'));
  });

  it('is sixteen hexadecimal digits', () => {
    fc.assert(fc.property(fc.string(), (phrase) => /^[0-9a-f]{16}$/.test(counterIdOf(phrase))));
  });
});
