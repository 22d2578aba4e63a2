/**
 * `npm run e2e -- simulate --seeds N [--seed FIRST]`: the processor and the alerter, in one process,
 * over a pretend Kafka, database and SNS, under a scheduler that decides by the seed what happens
 * next and what goes wrong. Each seed must come to what a plain recount of its log says.
 *
 * `--seed N --trace` runs one seed and prints its acts; one that fails is first rid of every fault
 * that it fails without.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createFaults, type FaultPlan } from './simulate/faults.ts';
import { addFigures, NO_FIGURES, runSeed, type SeedFigures } from './simulate/run-seed.ts';
import { shrink } from './simulate/shrink.ts';
import type { WorkerAnswer, WorkerTask } from './simulate/worker.ts';

export interface SimulateOptions {
  /** The first seed. */
  readonly seed: number;
  /** How many; default 1. */
  readonly seeds: number | undefined;
  readonly trace: boolean;
}

export interface SimulateFigures extends SeedFigures {
  seeds: number;
  failed: number;
  seedsPerMinute: number;
}

/** Failing seeds that are shrunk and shown. */
const SHOWN_MAX = 3;
const WORKERS_MAX = 4;
const PROGRESS_MS = 5_000;

export async function run(
  options: SimulateOptions,
): Promise<{ ok: boolean; figures: SimulateFigures }> {
  const startedMs = performance.now();
  const seeds = options.seeds ?? 1;
  const total: SeedFigures = { ...NO_FIGURES };
  const failed: number[] = [];
  let done = 0;
  let saidMs = startedMs;
  await runAll({ from: options.seed, to: options.seed + seeds }, (answer) => {
    done += 1;
    addFigures(total, answer.figures);
    if (answer.problems.length > 0) failed.push(answer.seed);
    if (performance.now() - saidMs < PROGRESS_MS) return;
    saidMs = performance.now();
    console.error(`${done} of ${seeds} seeds, ${failed.length} failed`);
  });
  for (const seed of failed.slice(0, SHOWN_MAX)) await show(seed, options.trace);
  if (failed.length === 0 && options.trace) await trace(options.seed, createFaults(options.seed));
  if (failed.length > SHOWN_MAX) console.error(`failing seeds: ${failed.join(' ')}`);
  const minutes = (performance.now() - startedMs) / 60_000;
  const seedsPerMinute = Math.round(seeds / minutes);
  const figures = { seeds, failed: failed.length, ...total, seedsPerMinute };
  return { ok: failed.length === 0, figures };
}

/** Runs the seeds on all cores. */
async function runAll(
  range: { from: number; to: number },
  onAnswer: (answer: WorkerAnswer) => void,
): Promise<void> {
  const count = Math.min(range.to - range.from, WORKERS_MAX, availableParallelism());
  const workers = Array.from({ length: count }, (_, i): Promise<void> => {
    const task: WorkerTask = { from: range.from + i, to: range.to, step: count };
    const url = new URL('./simulate/worker.ts', import.meta.url);
    return new Promise((resolve, reject) => {
      const worker = new Worker(url, { workerData: task });
      worker.on('message', onAnswer);
      worker.once('error', reject);
      worker.once('exit', () => resolve());
    });
  });
  await Promise.all(workers);
}

async function show(seed: number, isTraced: boolean): Promise<void> {
  const { faults, problems } = await shrink(seed, createFaults(seed));
  if (isTraced) await trace(seed, faults);
  console.error(`seed ${seed} fails:`);
  for (const problem of problems.slice(0, 10)) console.error(`  ${problem.slice(0, 600)}`);
  console.error(`  with no more than: ${JSON.stringify(faults)}`);
  console.error(`  again: npm run e2e -- simulate --seed ${seed} --trace`);
}

async function trace(seed: number, faults: FaultPlan): Promise<void> {
  const lines: string[] = [];
  await runSeed({ seed, faults, trace: (line) => lines.push(line) });
  for (const line of lines) console.error(line);
}
