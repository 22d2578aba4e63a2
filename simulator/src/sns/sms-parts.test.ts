import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { countSmsParts } from './sms-parts.ts';

describe(countSmsParts.name, () => {
  // Known answers follow from 140 bytes a part and the 6 bytes of user data header of 3GPP TS 23.040.
  const cases = [
    { name: 'an empty text', text: '', encoding: 'GSM-7', parts: 1 },
    { name: '160 plain characters', text: 'a'.repeat(160), encoding: 'GSM-7', parts: 1 },
    { name: '161 plain characters', text: 'a'.repeat(161), encoding: 'GSM-7', parts: 2 },
    { name: '306 plain characters', text: 'a'.repeat(306), encoding: 'GSM-7', parts: 2 },
    { name: '307 plain characters', text: 'a'.repeat(307), encoding: 'GSM-7', parts: 3 },
    { name: '80 characters of two septets', text: '€'.repeat(80), encoding: 'GSM-7', parts: 1 },
    { name: '81 characters of two septets', text: '€'.repeat(81), encoding: 'GSM-7', parts: 2 },
    {
      name: 'an escape that would be cut in two',
      text: 'a'.repeat(152) + '€'.repeat(76) + 'aa',
      encoding: 'GSM-7',
      parts: 3,
    },
    { name: 'umlauts and Greek capitals', text: 'ÄÖÜäöüß ΔΩ', encoding: 'GSM-7', parts: 1 },
    { name: 'a backtick, which GSM lacks', text: '`', encoding: 'UCS-2', parts: 1 },
    {
      name: '70 characters with one emoji',
      text: 'a'.repeat(68) + '🎉',
      encoding: 'UCS-2',
      parts: 1,
    },
    { name: '71 units with one emoji', text: 'a'.repeat(69) + '🎉', encoding: 'UCS-2', parts: 2 },
    {
      name: 'a pair at the seam',
      text: 'я'.repeat(66) + '🎉'.repeat(34),
      encoding: 'UCS-2',
      parts: 3,
    },
  ] as const;
  for (const { name, text, encoding, parts } of cases) {
    it(`counts ${name} as ${String(parts)} of ${encoding}`, () => {
      assert.deepEqual(countSmsParts(text), { encoding, parts });
    });
  }

  it('never counts fewer parts for a longer text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string(), (text, more) => {
        assert.ok(countSmsParts(text + more).parts >= countSmsParts(text).parts);
      }),
    );
  });
});
