/**
 * `npm test`: compiler, lint and format, then every test, with one real broker and one database for all.
 *
 *     npm test                      everything
 *     npm test -- PATH...           these test files only, or those under these folders
 *     npm test -- --unit            no servers: leaves out the workspaces' tests/ folders
 *     npm test -- --concurrency N   test files at once; default: the number of cores
 */
import { spawn } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ServerStartError } from '../cli/src/servers/server-process.ts';
import { SetupRefusal } from '../cli/src/setup/setup-context.ts';
import { openServedRun, openUnitRun, type TestEnvironment } from './test-run.ts';

const ROOT = join(import.meta.dirname, '..');
const UNIT_TESTS = ['*/src/**/*.test.ts', 'scripts/**/*.test.ts'];
const INTEGRATION_TESTS = ['*/tests/**/*.test.ts'];
/** A test that takes longer hangs. */
const TEST_TIMEOUT_MS = 5 * 60_000;

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopped.abort());
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!stopped.signal.aborted) explain(error);
  process.exitCode = stopped.signal.aborted ? 130 : 1;
}
// Handlers for signals are all that is left.
process.exit();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { unit: { type: 'boolean' }, concurrency: { type: 'string' } },
  });
  const files = testFiles(positionals, values.unit === true);
  if (files.length === 0) throw new SetupRefusal(`No test file is at ${positionals.join(', ')}.`);
  const concurrency = Number(values.concurrency ?? Math.max(2, availableParallelism()));
  const checks = positionals.length > 0 ? 0 : await runNode(['scripts/check.ts'], {});
  if (checks !== 0) console.error('The checks failed, as said above; the tests run all the same.');
  await using run = values.unit ? openUnitRun() : await openServedRun(ROOT, stopped.signal);
  const tests = await runNode(
    [
      '--test',
      '--test-reporter=spec',
      `--test-timeout=${TEST_TIMEOUT_MS}`,
      `--test-concurrency=${concurrency}`,
      ...files,
    ],
    run.env,
  );
  const strays = run.endStrays();
  if (strays.length > 0) console.error(`Left running by a test:\n  ${strays.join('\n  ')}`);
  return tests || checks || Math.min(strays.length, 1);
}

function testFiles(paths: readonly string[], unitOnly: boolean): readonly string[] {
  if (paths.length === 0) {
    return globSync(unitOnly ? UNIT_TESTS : [...UNIT_TESTS, ...INTEGRATION_TESTS], {
      cwd: ROOT,
    }).sort();
  }
  return paths.flatMap((path) => {
    const place = statSync(path, { throwIfNoEntry: false });
    if (place === undefined) throw new SetupRefusal(`There is no ${path}.`);
    if (place.isFile()) return [relative(ROOT, path)];
    const all = globSync('**/*.test.ts', { cwd: path, exclude: ['**/node_modules/**'] }).sort();
    return all.map((file) => relative(ROOT, join(path, file)));
  });
}

/** Runs Node to its end, or until this run is told to stop; returns the exit code. */
function runNode(args: readonly string[], env: TestEnvironment): Promise<number> {
  stopped.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    const stop = () => child.kill('SIGTERM');
    stopped.signal.addEventListener('abort', stop);
    child.once('error', reject);
    child.once('close', (code) => {
      stopped.signal.removeEventListener('abort', stop);
      resolve(code ?? 1);
    });
  });
}

function explain(error: unknown): void {
  const known = error instanceof SetupRefusal || error instanceof ServerStartError;
  console.error(known ? error.message : error);
}
