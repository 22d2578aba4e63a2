/** `current.json`: where the running system is, for the other commands. Written by `crest up` alone. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { disturbance } from '../core/chaos/disturbance.ts';
import { isSameProcess } from '../servers/process-identity.ts';

const currentRun = z.object({
  version: z.literal(1),
  runId: z.string(),
  runDir: z.string(),
  mode: z.enum(['world', 'replay', 'live']),
  /** `crest up` itself. */
  pid: z.int(),
  processStart: z.string(),
  /** Wall epoch milliseconds. */
  startedAtMs: z.int(),
  seed: z.int(),
  /** As the services are told it. */
  eventClock: z.string(),
  kafka: z.object({ brokers: z.string(), topicPrefix: z.string(), partitions: z.int() }),
  mongodb: z.object({ url: z.string(), database: z.string() }),
  /** Embedded servers stop with the run; their data lie in its directory. */
  embedded: z.object({ kafka: z.boolean(), mongodb: z.boolean() }),
  /** Services started again so far, and alerters that were killed; told at the end of a run. */
  restarts: z.object({ services: z.int(), alerters: z.int() }),
  /** What happened to its parts; told at the end of a run. */
  disturbances: z.array(disturbance).default([]),
  /** Base of the control port of the pretend Twitch; null where there is none. */
  simulatorUrl: z.string().nullable(),
  inboxUrl: z.string().nullable(),
  parts: z.array(z.object({ name: z.string(), httpPort: z.int().nullable() })),
});

export type CurrentRun = z.infer<typeof currentRun>;
/** What happened to a run. */
export type RunHistory = Pick<CurrentRun, 'restarts' | 'disturbances'>;

const FILE_NAME = 'current.json';
const RUN_FILE_NAME = 'run.json';

/** Says where the running system is, here and in the directory of the run, where it stays. */
export function writeCurrentRun(dataDir: string, run: CurrentRun): void {
  for (const file of [join(dataDir, FILE_NAME), join(run.runDir, RUN_FILE_NAME)]) write(file, run);
}

/** Writes down what happened to a run, for a judgement made later. */
export function writeHistory(run: CurrentRun, history: RunHistory): void {
  write(join(run.runDir, RUN_FILE_NAME), { ...run, ...history });
}

/** A run that may be over, by its directory; null where it was never up. */
export function readRun(runDir: string): CurrentRun | null {
  return read(join(runDir, RUN_FILE_NAME));
}

// It may hold a password of the database: nobody else may read it.
function write(file: string, run: CurrentRun): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeCurrentRun(dataDir: string): void {
  rmSync(join(dataDir, FILE_NAME), { force: true });
}

/** The system that runs on this directory; null where none does. */
export function readCurrentRun(dataDir: string): CurrentRun | null {
  const run = read(join(dataDir, FILE_NAME));
  return run !== null && isSameProcess(run.pid, run.processStart) ? run : null;
}

function read(file: string): CurrentRun | null {
  try {
    const parsed = currentRun.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
