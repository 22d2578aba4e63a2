import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFaults, createZombies, type FaultPlan } from './faults.ts';
import { MUTATIONS } from './mutations.ts';
import { runSeed } from './run-seed.ts';
import type { Mutation } from './services.ts';
import { shrink } from './shrink.ts';

/** Most are noticed by the first few of either kind; none needs as many. */
const SEEDS_MAX = 300;

async function caughtBy(mutation: Mutation): Promise<{ seed: number; faults: FaultPlan } | null> {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    // Two processors in every odd one.
    for (const faults of [createFaults(seed), createZombies(2 * seed + 1)]) {
      const { problems } = await runSeed({ seed: 2 * seed + 1, faults, mutation });
      if (problems.length > 0) return { seed: 2 * seed + 1, faults };
    }
  }
  return null;
}

describe('a simulation of something broken', () => {
  for (const [name, mutation] of Object.entries(MUTATIONS)) {
    it(`notices that ${name}`, async () => {
      assert.notEqual(await caughtBy(mutation), null);
    });
  }

  it('needs none of the faults that are left out of a failing seed', async () => {
    const mutation = MUTATIONS['records count as sent before they are'];
    assert.ok(mutation !== undefined);
    const caught = await caughtBy(mutation);
    assert.ok(caught !== null);
    const { seed, faults } = caught;
    const shrunk = await shrink(seed, faults, mutation);
    assert.ok(shrunk.problems.length > 0);
    assert.ok(shrunk.faults.blows.length <= faults.blows.length);
    assert.ok(shrunk.faults.mishaps.length <= faults.mishaps.length);
    const again = await runSeed({ seed, faults: shrunk.faults, mutation });
    assert.deepEqual(again.problems, shrunk.problems);
  });
});
