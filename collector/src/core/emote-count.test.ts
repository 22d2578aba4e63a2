import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { codePointLength, countEmotes } from './emote-count.ts';

describe('countEmotes', () => {
  const cases: [name: string, ranges: string, text: string, expected: number][] = [
    ['nothing', '', 'hello', 0],
    ['one', '25:0-4', 'Kappa', 1],
    ['two of one and one of another', '25:0-4,12-16/1902:6-10', 'Kappa Keepo Kappa', 3],
    ['positions in code points, not UTF-16 units', '25:2-6', '😀 Kappa', 1],
    ['none that begin behind the text', '25:0-4,7-11', '😀😀😀😀😀😀😀', 1],
    ['one that runs past the end', '25:6-11', 'hello Kappa', 1],
    ['nothing in rubbish', '25/x:-/y:a-b/z:3-1/:,', 'hello there', 0],
    ['ids that are no numbers', 'emotesv2_ab:0-2', 'abc', 1],
  ];
  for (const [name, ranges, text, expected] of cases) {
    it(`counts ${name}`, () => assert.equal(countEmotes(ranges, text), expected));
  }

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789:,/-a') }),
        fc.string(),
        (r, t) => {
          assert.ok(countEmotes(r, t) >= 0);
        },
      ),
    );
  });
});

describe('codePointLength', () => {
  it('counts as iterating does, lone surrogates included', () => {
    const units = fc.constantFrom('a', '\ud83d', '\ude00', '😀', 'é');
    fc.assert(
      fc.property(fc.string({ unit: units }), (text) => {
        assert.equal(codePointLength(text), [...text].length);
      }),
    );
  });
});
