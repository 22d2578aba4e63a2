import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ChaosDice,
  choicesOf,
  namesIn,
  pairsCutBy,
  TARGETS,
  type ChaosChoice,
} from './chaos-plan.ts';
import { endsOf, PAIRS } from './pairs.ts';

const EVERYTHING = choicesOf({ kill: [...TARGETS], pause: [...TARGETS], cut: [...PAIRS] });

function drawn(seed: number, count: number): string[] {
  const dice = new ChaosDice(EVERYTHING, seed);
  return Array.from({ length: count }, () =>
    Object.values(dice.choice(() => true) ?? {}).join(' '),
  );
}

describe('ChaosDice', () => {
  it('draws the same for the same seed, and something else for another', () => {
    assert.deepEqual(drawn(7, 50), drawn(7, 50));
    assert.notDeepEqual(drawn(7, 50), drawn(8, 50));
  });

  it('draws everything once before it draws anything again', () => {
    const acts = drawn(1, 3 * EVERYTHING.length);
    for (let from = 0; from < acts.length; from += EVERYTHING.length) {
      assert.equal(new Set(acts.slice(from, from + EVERYTHING.length)).size, EVERYTHING.length);
    }
  });

  it('keeps what cannot be done now for its turn, and has nothing where nothing can', () => {
    const dice = new ChaosDice(choicesOf({ kill: ['kafka', 'alerter'], pause: [], cut: [] }), 1);
    const isAlerter = (choice: ChaosChoice): boolean =>
      choice.kind !== 'cut' && choice.target === 'alerter';
    assert.equal(isAlerter(dice.choice(isAlerter)!), true);
    assert.equal(isAlerter(dice.choice(isAlerter)!), true);
    assert.equal(isAlerter(dice.choice(() => true)!), false);
    assert.equal(
      dice.choice(() => false),
      null,
    );
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
