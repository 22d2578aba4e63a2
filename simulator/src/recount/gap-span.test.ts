import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { denies, excuses, touches } from './gap-span.ts';

const gap = { roomId: '1', fromMs: 1_000, toMs: 2_000 };
const open = { roomId: '1', fromMs: 1_000, toMs: null };

describe('a gap', () => {
  const lines: readonly [string, number, { excuses: boolean; denies: boolean }][] = [
    ['before it', 999, { excuses: false, denies: false }],
    ['at its beginning', 1_000, { excuses: true, denies: false }],
    ['inside it', 1_001, { excuses: true, denies: true }],
    ['at its end', 2_000, { excuses: true, denies: false }],
    ['behind it', 2_001, { excuses: false, denies: false }],
  ];
  for (const [where, atMs, expected] of lines) {
    it(`says of a line ${where} whether it may be missing and may be there`, () => {
      assert.deepEqual({ excuses: excuses(gap, atMs), denies: denies(gap, atMs) }, expected);
    });
  }

  it('goes on for ever while nobody joined', () => {
    assert.ok(excuses(open, 1e15) && denies(open, 1e15) && touches(open, 1e15, 1e15 + 1));
  });

  const spans: readonly [string, number, number, boolean][] = [
    ['ends where it begins', 0, 1_000, false],
    ['ends just inside', 0, 1_001, true],
    ['lies within', 1_200, 1_300, true],
    ['encloses it', 0, 9_000, true],
    ['begins where it ends', 2_000, 3_000, true],
    ['begins behind it', 2_001, 3_000, false],
  ];
  for (const [name, fromMs, toMs, expected] of spans) {
    it(`${expected ? 'touches' : 'does not touch'} a span that ${name}`, () => {
      assert.equal(touches(gap, fromMs, toMs), expected);
    });
  }
});
