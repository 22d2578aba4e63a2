/** `current.json`: where the running system is, for the other commands. Written by `crest up` alone. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
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
  /** Base of the control port of the pretend Twitch; null where there is none. */
  simulatorUrl: z.string().nullable(),
  inboxUrl: z.string().nullable(),
  parts: z.array(z.object({ name: z.string(), httpPort: z.int().nullable() })),
});

export type CurrentRun = z.infer<typeof currentRun>;

const FILE_NAME = 'current.json';

/** Writes the file as a whole. It may hold a password of the database: nobody else may read it. */
export function writeCurrentRun(dataDir: string, run: CurrentRun): void {
  const file = join(dataDir, FILE_NAME);
  writeFileSync(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeCurrentRun(dataDir: string): void {
  rmSync(join(dataDir, FILE_NAME), { force: true });
}

/** The system that runs on this directory; null where none does. */
export function readCurrentRun(dataDir: string): CurrentRun | null {
  try {
    const parsed = currentRun.safeParse(JSON.parse(readFileSync(join(dataDir, FILE_NAME), 'utf8')));
    if (!parsed.success) return null;
    return isSameProcess(parsed.data.pid, parsed.data.processStart) ? parsed.data : null;
  } catch {
    return null;
  }
}
