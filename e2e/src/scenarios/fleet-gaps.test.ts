import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comesFrom } from './fleet-gaps.ts';

const KILL = { eventMs: 100_000, rooms: new Set(['7']) };

describe(comesFrom.name, () => {
  it('takes gaps in a room of the killed one, from the kill on, that are soon over', () => {
    assert.equal(comesFrom({ channelId: '7', fromMs: 99_200, toMs: 108_000 }, KILL), true);
    assert.equal(comesFrom({ channelId: '7', fromMs: 108_000, toMs: 108_014 }, KILL), true);
  });

  it('takes none in another room, at another time, or that lasts', () => {
    assert.equal(comesFrom({ channelId: '8', fromMs: 99_200, toMs: 108_000 }, KILL), false);
    assert.equal(comesFrom({ channelId: '7', fromMs: 140_000, toMs: 141_000 }, KILL), false);
    assert.equal(comesFrom({ channelId: '7', fromMs: 99_200, toMs: 160_000 }, KILL), false);
    assert.equal(comesFrom({ channelId: '7', fromMs: 99_200, toMs: null }, KILL), false);
  });
});
