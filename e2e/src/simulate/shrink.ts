/** Rids a failing seed of the faults that it fails without. */
import type { FaultPlan } from './faults.ts';
import { runSeed } from './run-seed.ts';
import type { Mutation } from './services.ts';

export interface Shrunk {
  readonly faults: FaultPlan;
  readonly problems: readonly string[];
  /** Runs that it took. */
  readonly runs: number;
}

/** The world stays as it is; of the faults, those that are left are all needed. */
export async function shrink(
  seed: number,
  faults: FaultPlan,
  mutation?: Mutation,
): Promise<Shrunk> {
  let runs = 0;
  const problemsOf = async (plan: FaultPlan): Promise<readonly string[]> => {
    runs += 1;
    return (await runSeed({ seed, faults: plan, mutation })).problems;
  };
  let best = { faults, problems: await problemsOf(faults) };
  if (best.problems.length === 0) return { ...best, runs };
  for (let wasSmaller = true; wasSmaller;) {
    wasSmaller = false;
    for (const smaller of eachWithoutOne(best.faults)) {
      const problems = await problemsOf(smaller);
      if (problems.length === 0) continue;
      best = { faults: smaller, problems };
      wasSmaller = true;
      break;
    }
  }
  return { ...best, runs };
}

function eachWithoutOne({ blows, mishaps }: FaultPlan): FaultPlan[] {
  return [
    ...mishaps.map((_, i) => ({ blows, mishaps: mishaps.toSpliced(i, 1) })),
    ...blows.map((_, i) => ({ blows: blows.toSpliced(i, 1), mishaps })),
  ];
}
