/** One seed: the run in which everything happens, the calm run beside it, and the judgement. */
import type { FaultPlan } from './faults.ts';
import { NO_FAULTS } from './faults.ts';
import { judgeAlerts } from './judge-alerts.ts';
import { judgeGaps } from './judge-gaps.ts';
import { judgeSpikes } from './judge-spikes.ts';
import { judgeDeletions, judgeMessages, judgeStore, judgeView } from './judge-store.ts';
import { judgeWindows, readerView } from './judge-windows.ts';
import { LogFacts } from './log-facts.ts';
import { TOPICS, type Mutation } from './services.ts';
import { simulate, type RunFigures, type RunOutcome } from './simulation.ts';
import type { SimStore } from './sim-store.ts';
import { createWorld, PARTITIONS, type World, type WorldRecord } from './world.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly faults: FaultPlan;
  /** Broken on purpose; default: nothing is. */
  readonly mutation?: Mutation | undefined;
  readonly trace?: ((line: string) => void) | undefined;
}

export interface SeedFigures extends RunFigures {
  records: number;
  redelivered: number;
  windows: number;
  alerts: number;
  repeats: number;
}

/** Nothing yet. */
export const NO_FIGURES: Readonly<SeedFigures> = {
  acts: 0,
  kills: 0,
  pauses: 0,
  stops: 0,
  moves: 0,
  mishaps: 0,
  records: 0,
  redelivered: 0,
  windows: 0,
  alerts: 0,
  repeats: 0,
};

/** Adds the figures of a seed to a sum. */
export function addFigures(sum: SeedFigures, more: SeedFigures): void {
  for (const name of Object.keys(sum) as (keyof SeedFigures)[]) sum[name] += more[name];
}

export interface SeedResult {
  readonly seed: number;
  readonly figures: SeedFigures;
  /** What is not as it should be; empty when all is equal. */
  readonly problems: readonly string[];
}

/** Runs and judges a seed. */
export async function runSeed({ seed, faults, mutation, trace }: SeedOptions): Promise<SeedResult> {
  const world = createWorld(seed);
  const run = await simulate({
    seed,
    logs: world.logs,
    faults,
    processes: { processor: 1 + (seed % 2), alerter: 1 + ((seed >> 1) % 2) },
    isCalm: false,
    prepare: (store) => putRules(store, world),
    mutation,
    trace,
  });
  const problems = run.problems.length > 0 ? run.problems : await judge(seed, world, run);
  return { seed, problems, figures: figuresOf(run) };
}

async function judge(seed: number, world: World, run: RunOutcome): Promise<readonly string[]> {
  const calm = await calmRun(seed, run);
  if (calm.problems.length > 0) return calm.problems.map((problem) => `calm run: ${problem}`);
  const { kafka, store, sns } = run;
  const facts = new LogFacts(kafka);
  const view = readerView(kafka);
  return [
    ...judgeMessages(store, calm.store, facts),
    ...judgeDeletions(store, facts),
    ...judgeWindows(view, facts),
    ...judgeStore(store, calm.store),
    ...judgeView(view, readerView(calm.kafka)),
    ...judgeGaps(store, view, facts),
    ...judgeSpikes(kafka, store, facts),
    ...judgeAlerts({ kafka, store, sns, facts, rules: world.rules }),
    ...judgeDeadLetters(run, facts),
  ];
}

/** The same log, read by one processor in one go. */
function calmRun(seed: number, { kafka }: RunOutcome): Promise<RunOutcome> {
  const logs = Array.from({ length: PARTITIONS }, (_, partition) =>
    kafka
      .log(TOPICS.channelEvents, partition)
      .map(({ key, value }): WorldRecord => ({ partition, key, value: value?.toString() ?? '' })),
  );
  return simulate({
    seed,
    logs,
    faults: NO_FAULTS,
    processes: { processor: 1, alerter: 0 },
    isCalm: true,
    prepare: () => undefined,
  });
}

function judgeDeadLetters({ kafka }: RunOutcome, facts: LogFacts): string[] {
  const letters = kafka.log(TOPICS.deadLetters, 0).map(({ value }) => {
    const { origin } = JSON.parse(value?.toString() ?? '') as {
      origin: { partition: number; offset: number };
    };
    return `${origin.partition}/${origin.offset}`;
  });
  const missing = [...facts.unreadable].filter((place) => !letters.includes(place));
  const wrong = letters.filter((place) => !facts.unreadable.has(place));
  return [
    ...missing.map((place) => `no dead letter of ${place}`),
    ...wrong.map((place) => `a dead letter of ${place}, which can be read`),
  ];
}

function putRules(store: SimStore, { rules }: World): void {
  for (const rule of rules) store.of('rules').set(rule._id, { ...rule });
}

function figuresOf({ kafka, sns, store, figures }: RunOutcome): SeedFigures {
  const records = Array.from(
    { length: PARTITIONS },
    (_, partition) => kafka.log(TOPICS.channelEvents, partition).length,
  ).reduce((sum, count) => sum + count, 0);
  const windows = ['windows10s', 'windows1m', 'windows1h'].reduce(
    (sum, name) => sum + store.of(name).size,
    0,
  );
  const alerts = store.of('outbox').size;
  const repeats = sns.accepted.length - new Set(sns.accepted.map(({ alertId }) => alertId)).size;
  return { ...figures, records, redelivered: kafka.redelivered, windows, alerts, repeats };
}
