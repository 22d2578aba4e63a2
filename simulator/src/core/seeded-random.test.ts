import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from './seeded-random.ts';

const DRAWS = 20_000;

function draws(draw: (random: SeededRandom) => number): number[] {
  const random = new SeededRandom('statistics');
  return Array.from({ length: DRAWS }, () => draw(random));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe(SeededRandom.name, () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const numbersOf = (seed: string): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 8 }, () => random.next32());
    };
    assert.deepEqual(numbersOf('a'), numbersOf('a'));
    assert.notDeepEqual(numbersOf('a'), numbersOf('b'));
  });

  const means: [name: string, mean: number, draw: (random: SeededRandom) => number][] = [
    ['fraction', 0.5, (random) => random.fraction()],
    ['exponential', 7, (random) => random.exponential(7)],
    ['poisson of a small mean', 0.3, (random) => random.poisson(0.3)],
    ['poisson of a middling mean', 12, (random) => random.poisson(12)],
    ['poisson of a big mean', 400, (random) => random.poisson(400)],
  ];
  for (const [name, mean, draw] of means) {
    it(`has the mean that it should: ${name}`, () => {
      assert.ok(Math.abs(meanOf(draws(draw)) / mean - 1) < 0.05);
    });
  }

  it('makes UUIDs of version 4, none twice', () => {
    const random = new SeededRandom('ids');
    const ids = new Set(Array.from({ length: DRAWS }, () => random.uuid()));
    assert.equal(ids.size, DRAWS);
    for (const id of ids) {
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('refuses to pick from nothing', () => {
    assert.throws(() => new SeededRandom('').pick([]), RangeError);
  });
});
