/**
 * `npm run e2e -- NAME [--seed N] [--json] [--seconds N] [--rate N] [--seeds N] [--trace]`: runs one
 * scenario by its name. Exit code 0 when every promise held, 1 when one did not, 2 for a mistake in
 * usage; the figures are the last line.
 *
 * Most scenarios are the whole system under a load with a script of acts: `harness/scenario.ts` says how
 * to write one. The others are programs of their own.
 */
import { parseArgs } from 'node:util';
import type { ScenarioFile } from './harness/scenario.ts';
import { runScenario } from './harness/run-scenario.ts';

interface Options {
  readonly seed: number;
  readonly json: boolean;
  readonly seconds: number | undefined;
  readonly rate: number | undefined;
  /** How many seeds, where a program takes several. */
  readonly seeds: number | undefined;
  /** Whether every act is printed, where a program has such. */
  readonly trace: boolean;
}

interface Outcome {
  readonly ok: boolean;
  readonly figures: object;
  /** For `--json`; default the figures. */
  readonly whole?: object;
}

interface Program {
  run(options: Options): Promise<Outcome>;
}

/** Scenarios on the whole system, by name. */
const SCENARIOS: Readonly<Record<string, () => Promise<{ readonly scenario: ScenarioFile }>>> = {
  calm: () => import('./scenarios/calm.ts'),
  'kafka-away': () => import('./scenarios/kafka-away.ts'),
  'mongodb-away': () => import('./scenarios/mongodb-away.ts'),
  'slow-mongodb': () => import('./scenarios/slow-mongodb.ts'),
  'sns-away': () => import('./scenarios/sns-away.ts'),
  'disk-full': () => import('./scenarios/disk-full.ts'),
  'three-brokers': () => import('./scenarios/three-brokers.ts'),
  fleet: () => import('./scenarios/fleet.ts'),
  restart: () => import('./scenarios/restart.ts'),
  zombie: () => import('./scenarios/zombie.ts'),
  wire: () => import('./scenarios/wire.ts'),
  soak: () => import('./scenarios/soak.ts'),
};

/** Programs of their own, by name. */
const PROGRAMS: Readonly<Record<string, () => Promise<Program>>> = {
  simulate: () => import('./simulate.ts'),
  spool: () => import('./spool.ts'),
};

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      rate: { type: 'string' },
      seeds: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  });
  const [name = ''] = positionals;
  const numbers = ['seed', 'seconds', 'rate', 'seeds'] as const;
  const wrong = numbers.some((each) => values[each] !== undefined && !isCount(values[each]));
  const outcomeOf = performerOf(name);
  if (outcomeOf === undefined || wrong) {
    const names = [...Object.keys(SCENARIOS), ...Object.keys(PROGRAMS)].join(', ');
    const options = '[--seed N] [--json] [--seconds N] [--rate N] [--seeds N] [--trace]';
    console.error(`Use: npm run e2e -- NAME ${options}, with one of: ${names}`);
    return 2;
  }
  const seed = Number(values.seed);
  const outcome = await outcomeOf({
    seed,
    json: values.json,
    seconds: numberOf(values.seconds),
    rate: numberOf(values.rate),
    seeds: numberOf(values.seeds),
    trace: values.trace,
  }).catch(failedBy);
  const head = { scenario: name, seed, ok: outcome.ok };
  if (values.json) console.log(JSON.stringify({ ...head, ...(outcome.whole ?? outcome.figures) }));
  else console.log(lineOf({ ...head, ...outcome.figures }));
  return outcome.ok ? 0 : 1;
}

function performerOf(name: string): ((options: Options) => Promise<Outcome>) | undefined {
  const scenario = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
  if (scenario !== undefined) {
    return async ({ seed, seconds, rate }) => {
      const { scenario: file } = await scenario();
      return runScenario({ name, file, seed, seconds, rate, say: (line) => console.error(line) });
    };
  }
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  return program === undefined ? undefined : async (options) => (await program()).run(options);
}

/** The outcome of what could not be run to its end. */
function failedBy(error: unknown): Outcome {
  console.error(error);
  return { ok: false, figures: { error: error instanceof Error ? error.message : String(error) } };
}

function isCount(text: string): boolean {
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text));
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function lineOf(result: object): string {
  return Object.entries(result)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
