import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emotesOf } from './emotes.ts';

const cases: [text: string, tag: string, count: number][] = [
  ['no emote here', '', 0],
  ['', '', 0],
  ['Kappa', '25:0-4', 1],
  ['Kappa Kappa LUL', '25:0-4,6-10/425618:12-14', 3],
  ['𝕏 Kappa', '25:2-6', 1],
  ['e\u0301 Kappa', '25:3-7', 1],
  ['Kappa.', '', 0],
  ['a  Kappa', '25:3-7', 1],
];

describe(emotesOf.name, () => {
  for (const [text, tag, count] of cases) {
    it(`tags ${JSON.stringify(text)} as ${JSON.stringify(tag)}`, () => {
      assert.deepEqual(emotesOf(text), { tag, count });
    });
  }
});
