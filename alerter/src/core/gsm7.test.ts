import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cutGsm7, gsm7Length, toGsm7 } from './gsm7.ts';

const anyText = fc.string({ unit: 'grapheme', maxLength: 200 });

describe('gsm7Length', () => {
  const cases: [string, number | null][] = [
    ['', 0],
    ['hello', 5],
    ['Grüße à Øst', 11],
    // The extension table: two places each.
    ['€', 2],
    ['[a]', 5],
    ['^{}\\~|', 12],
    // Not in the alphabet.
    ['ç', null],
    ['😀', null],
    ['`', null],
  ];
  for (const [text, places] of cases) {
    it(`takes ${String(places)} for ${JSON.stringify(text)}`, () => {
      assert.equal(gsm7Length(text), places);
    });
  }
});

describe('toGsm7', () => {
  const cases: [string, string][] = [
    ['plain', 'plain'],
    ['café Łódź', 'café Lódz'.replace('ó', 'o')],
    ['“quoted” – it’s…', '"quoted" - it\'s...'],
    ['ﬁne ½', 'fine 1?2'],
    ['hi 😀😀 there', 'hi ? there'],
    ['👨‍👩‍👧', '?'],
    ['привет', '?'],
    ['a\n\tb', 'a b'],
    ['zero​width', 'zerowidth'],
  ];
  for (const [text, expected] of cases) {
    it(`writes ${JSON.stringify(text)} as ${JSON.stringify(expected)}`, () => {
      assert.equal(toGsm7(text), expected);
    });
  }

  it('always leads into the alphabet, and leaves alone what is in it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = toGsm7(text);
        assert.notEqual(gsm7Length(once), null);
        assert.equal(toGsm7(once), once);
      }),
    );
  });
});

describe('cutGsm7', () => {
  it('never exceeds its places and cuts no more than it must', () => {
    fc.assert(
      fc.property(anyText, fc.nat(40), (text, max) => {
        const whole = toGsm7(text);
        const cut = cutGsm7(whole, max);
        assert.ok(whole.startsWith(cut));
        assert.ok(gsm7Length(cut)! <= max);
        if (cut !== whole) assert.ok(gsm7Length(cut)! >= max - 1);
      }),
    );
  });
});
