import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFaults } from './faults.ts';
import { addFigures, NO_FIGURES, runSeed } from './run-seed.ts';

/** Seeds that failed once, and what was wrong: they are run for ever. */
const KEPT: readonly (readonly [seed: number, found: string])[] = [
  [1537, 'an alerter that got a partition back before its first snapshot read on behind a hole'],
  [2291, 'the same, and the spikes of the partition were read by nobody'],
  [3235, 'the same, and an episode was told under the name of another beginning'],
  [100, 'a processor that slept while it loaded took the work of its successor for damage'],
  [4237, 'an alerter ended amid a send that it had begun while it stopped'],
  [3196, 'here: a member that had left its group came back when its process woke'],
  [1816, 'here: a send that was given up was accepted after the next one'],
  [4836, 'a deletion after an hour of silence closed windows before their gap was told'],
];

describe('a simulated run', () => {
  it('comes to what a recount of its log says, whatever is killed', async () => {
    const total = { ...NO_FIGURES };
    for (let seed = 1; seed <= 30; seed += 1) {
      const { problems, figures } = await runSeed({ seed, faults: createFaults(seed) });
      assert.deepEqual(problems, [], `npm run e2e -- simulate --seed ${seed} --trace`);
      addFigures(total, figures);
    }
    const { kills, pauses, moves, redelivered, alerts, windows } = total;
    for (const count of [kills, pauses, moves, redelivered, alerts, windows]) assert.ok(count > 3);
  });

  it('is the same run act by act for the same seed', async () => {
    const [first, second] = [await traceOf(4), await traceOf(4)];
    assert.ok(first.length > 100);
    assert.deepEqual(first, second);
    assert.notDeepEqual(first, await traceOf(5));
  });

  for (const [seed, found] of KEPT) {
    it(`comes to the recount in seed ${seed}: ${found}`, async () => {
      assert.deepEqual((await runSeed({ seed, faults: createFaults(seed) })).problems, []);
    });
  }
});

async function traceOf(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await runSeed({ seed, faults: createFaults(seed), trace: (line) => lines.push(line) });
  return lines;
}
