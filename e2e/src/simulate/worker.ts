/** A thread that runs its share of the seeds: time and chance are replaced for all of a thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { createFaults } from './faults.ts';
import { runSeed, type SeedResult } from './run-seed.ts';

export interface WorkerTask {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly step: number;
}

export type WorkerAnswer = SeedResult;

const { from, to, step } = workerData as WorkerTask;
for (let seed = from; seed < to; seed += step) {
  const answer: WorkerAnswer = await runSeed({ seed, faults: createFaults(seed) });
  parentPort?.postMessage(answer);
}
