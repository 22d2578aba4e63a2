import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comesFrom } from './fleet-gaps.ts';

const KILL = { eventMs: 100_000, rooms: new Set(['7']) };

describe(comesFrom.name, () => {
  it('takes a gap in a room of the killed one that begins at the kill and ends soon', () => {
    assert.equal(comesFrom({ channelId: '7', fromMs: 99_200, toMs: 108_000 }, KILL), true);
  });

  it('takes none in another room, at another time, or that lasts', () => {
    assert.equal(comesFrom({ channelId: '8', fromMs: 99_200, toMs: 108_000 }, KILL), false);
    assert.equal(comesFrom({ channelId: '7', fromMs: 120_000, toMs: 121_000 }, KILL), false);
    assert.equal(comesFrom({ channelId: '7', fromMs: 99_200, toMs: 160_000 }, KILL), false);
    assert.equal(comesFrom({ channelId: '7', fromMs: 99_200, toMs: null }, KILL), false);
  });
});
