import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChaosDice, choicesOf, namesIn, pairsCutBy, TARGETS } from './chaos-plan.ts';
import { endsOf, PAIRS } from './pairs.ts';

const EVERYTHING = choicesOf({ kill: [...TARGETS], pause: [...TARGETS], cut: [...PAIRS] });

function drawn(seed: number, count: number): string[] {
  const dice = new ChaosDice(EVERYTHING, seed);
  return Array.from({ length: count }, () => Object.values(dice.choice()).join(' '));
}

describe('ChaosDice', () => {
  it('draws the same for the same seed, and something else for another', () => {
    assert.deepEqual(drawn(7, 50), drawn(7, 50));
    assert.notDeepEqual(drawn(7, 50), drawn(8, 50));
  });

  it('draws everything that it was given, sooner or later', () => {
    assert.equal(new Set(drawn(1, 500)).size, EVERYTHING.length);
  });
});

describe('namesIn', () => {
  it('reads lists, takes all for everything, and knows what it does not know', () => {
    assert.deepEqual(namesIn('kafka, alerter,kafka', TARGETS), ['kafka', 'alerter']);
    assert.deepEqual(namesIn('all', TARGETS), [...TARGETS]);
    assert.equal(namesIn('kafka,zookeeper', TARGETS), undefined);
    assert.equal(namesIn('', TARGETS), undefined);
  });
});

describe('pairsCutBy', () => {
  it('names the pairs that need a proxy', () => {
    const choices = choicesOf({ kill: ['kafka'], pause: [], cut: ['alerter-sns'] });
    assert.deepEqual(pairsCutBy({ choices, everyMs: 1, pauseForMs: 1 }), ['alerter-sns']);
    assert.deepEqual(pairsCutBy(null), []);
  });

  it('knows both ends of every pair', () => {
    for (const pair of PAIRS) {
      const { client, server } = endsOf(pair);
      assert.equal(`${client}-${server}`, pair);
    }
  });
});
