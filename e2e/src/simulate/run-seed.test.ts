import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFaults } from './faults.ts';
import { addFigures, NO_FIGURES, runSeed } from './run-seed.ts';

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
});

async function traceOf(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await runSeed({ seed, faults: createFaults(seed), trace: (line) => lines.push(line) });
  return lines;
}
