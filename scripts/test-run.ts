/**
 * What one run of the tests has for itself: a directory under `.crest/tests`, a broker and a database in
 * it, and a mark on every process that descends from it, by which strays are found at the end.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endLeftOvers } from '../cli/src/servers/child-registry.ts';
import { DirectoryBusyError, lockDirectory } from '../cli/src/servers/directory-lock.ts';
import { startKafka } from '../cli/src/servers/kafka-server.ts';
import { startMongo } from '../cli/src/servers/mongo-server.ts';
import { ensureKafka } from '../cli/src/setup/kafka.ts';
import { ensureMongo } from '../cli/src/setup/mongo.ts';
import { plainProgress } from '../cli/src/setup/progress.ts';
import { cacheDirectory, type SetupContext } from '../cli/src/setup/setup-context.ts';

/** Not prefixed like our settings: services refuse settings that they do not know. */
const MARK = 'TEST_RUN_OF_CREST';

/** Environment that the tests are given. */
export type TestEnvironment = Readonly<Record<string, string>>;

export interface TestRun extends AsyncDisposable {
  readonly env: TestEnvironment;
  /** Ends what the tests left running and says what it was. Linux only; elsewhere finds nothing. */
  endStrays(): readonly string[];
}

/** A run without servers, for the unit tests. */
export function openUnitRun(): TestRun {
  const env = { [MARK]: randomUUID() };
  return { env, endStrays: () => endStrays(env), [Symbol.asyncDispose]: async () => undefined };
}

/**
 * A run with servers; what is missing on this machine is fetched first.
 * @throws {SetupRefusal} naming what this machine lacks.
 */
export async function openServedRun(root: string, signal: AbortSignal): Promise<TestRun> {
  await using cleanups = new AsyncDisposableStack();
  const dir = await openDirectory(join(root, '.crest', 'tests'), cleanups);
  const context: SetupContext = {
    cacheDir: cacheDirectory(process.env),
    env: process.env,
    progress: plainProgress((line) => console.log(line)),
    signal,
  };
  const [kafkaInstall, mongoInstall] = [await ensureKafka(context), await ensureMongo(context)];
  signal.throwIfAborted();
  const startedMs = performance.now();
  const [kafka, mongo] = await Promise.all([
    startKafka({ install: kafkaInstall, dataDir: join(dir, 'kafka'), registryDir: dir }),
    startMongo({ install: mongoInstall, dataDir: join(dir, 'mongodb'), registryDir: dir }),
  ]);
  cleanups.defer(async () => {
    await Promise.all([kafka.stop(), mongo.stop()]);
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`Kafka and the database (${mongo.kind}) answer after ${seconds} s.`);
  const env = {
    [MARK]: randomUUID(),
    CREST_TEST_KAFKA_BROKERS: kafka.brokers,
    CREST_TEST_MONGODB_URL: mongo.url,
  };
  const held = cleanups.move();
  return {
    env,
    endStrays: () => endStrays(env),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** A new directory under our lock; those of runs that were killed are cleared away. */
async function openDirectory(parent: string, cleanups: AsyncDisposableStack): Promise<string> {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) await clearIfAbandoned(join(parent, name));
  const dir = mkdtempSync(join(parent, 'run-'));
  const lock = await lockDirectory(dir);
  cleanups.defer(async () => {
    await endLeftOvers(dir);
    await rm(dir, { recursive: true, force: true });
    lock.release();
  });
  return dir;
}

async function clearIfAbandoned(dir: string): Promise<void> {
  try {
    const lock = await lockDirectory(dir);
    await endLeftOvers(dir);
    await rm(dir, { recursive: true, force: true });
    lock.release();
  } catch (error) {
    if (!(error instanceof DirectoryBusyError)) throw error;
  }
}

function endStrays(env: TestEnvironment): readonly string[] {
  if (!existsSync('/proc/self/environ')) return [];
  const mark = `${MARK}=${env[MARK] ?? ''}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readProc(pid, 'environ').includes(mark))
    .map((pid) => {
      const command = readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
      killIfThere(Number(pid));
      return `${pid} ${command.slice(0, 120)}`;
    });
}

function readProc(pid: string, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
