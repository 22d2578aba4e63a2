/**
 * `npm run e2e -- NAME [--seed N] [--json]`: runs one scenario by its name. Exit code 0 when every
 * promise held, 1 when one did not; the figures are the last line.
 */
import { parseArgs } from 'node:util';

interface ScenarioOptions {
  readonly seed: number;
  readonly json: boolean;
}

interface Scenario {
  run(options: ScenarioOptions): Promise<{ ok: boolean; figures: object }>;
}

/** Every scenario by name. */
const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
  spool: () => import('./spool.ts'),
};

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, json: { type: 'boolean', default: false } },
  });
  const [name = ''] = positionals;
  const load = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
  const seed = Number(values.seed);
  if (load === undefined || !Number.isSafeInteger(seed)) {
    const names = Object.keys(SCENARIOS).join(', ');
    console.error(`Use: npm run e2e -- NAME [--seed N] [--json], with one of: ${names}`);
    return 2;
  }
  const { run } = await load();
  const { ok, figures } = await run({ seed, json: values.json });
  const result = { scenario: name, seed, ok, ...figures };
  console.log(values.json ? JSON.stringify(result) : lineOf(result));
  return ok ? 0 : 1;
}

function lineOf(result: object): string {
  return Object.entries(result)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
