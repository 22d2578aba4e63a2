import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Reaction, excitementAt, isOver } from './reaction.ts';

const REACTION: Reaction = {
  startMs: 1_000,
  riseMs: 2_000,
  decayMs: 5_000,
  amplitude: 6,
  phrases: [],
};

describe(excitementAt.name, () => {
  it('is nothing before, rises to the peak, and falls to 1/e in the decay time', () => {
    assert.equal(excitementAt(REACTION, 999), 0);
    assert.equal(excitementAt(REACTION, 2_000), 3);
    assert.equal(excitementAt(REACTION, 3_000), 6);
    assert.ok(Math.abs(excitementAt(REACTION, 8_000) - 6 / Math.E) < 1e-9);
  });

  it('is over when it is faint', () => {
    assert.equal(isOver(REACTION, 3_000), false);
    assert.equal(isOver(REACTION, 60_000), true);
  });
});
