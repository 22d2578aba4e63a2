/**
 * Where a run keeps what. A replay or a seeded world gets a directory of its own, servers' data
 * included, so that a second run is not all duplicates; live reading always uses the same one.
 *
 *     .crest/lock.json children.json     who uses the directory, and the processes it started
 *     .crest/current.json                where the running system is (`current-run.ts`)
 *     .crest/runs/ID/                    one run: ledger, inbox, report, logs
 *     .crest/runs/ID/servers/            data of its broker and database
 *     .crest/runs/ID/spools/             what collectors keep while Kafka is away, one for each
 *     .crest/live/                       the same for live reading
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Reports and logs of so many runs are kept, this one included. */
export const RUNS_KEPT = 5;
/** Of so many the ledger and the servers' and spools' data as well: they are large. */
export const RUNS_KEPT_WHOLE = 2;

export interface RunPaths {
  readonly id: string;
  readonly dir: string;
  readonly ledger: string;
  readonly inbox: string;
  readonly report: string;
  readonly logs: string;
  readonly servers: string;
  readonly spools: string;
}

/** The paths of a run; nothing is made. */
export function runPaths(dataDir: string, id: string): RunPaths {
  const dir = id === LIVE ? join(dataDir, LIVE) : join(dataDir, 'runs', id);
  return {
    id,
    dir,
    ledger: join(dir, 'ledger.ndjson'),
    inbox: join(dir, 'inbox.ndjson'),
    report: join(dir, 'report.json'),
    logs: join(dir, 'logs'),
    servers: join(dir, 'servers'),
    spools: join(dir, 'spools'),
  };
}

/** The id of live reading, which has one directory for good. */
export const LIVE = 'live';

/** A new id that sorts by time: `20261121-135500`, with a letter where that is taken. */
export function newRunId(dataDir: string, wallNowMs: number): string {
  const stamp = new Date(wallNowMs).toISOString().replaceAll(/[-:]/g, '').slice(0, 15);
  const base = stamp.replace('T', '-');
  const suffixes = ['', ...'abcdefghijklmnopqrstuvwxyz'];
  const free = suffixes.find((suffix) => !existsSync(join(dataDir, 'runs', base + suffix)));
  return base + (free ?? '');
}

/** Ids of the runs that are there, newest first. */
export function runIds(dataDir: string): string[] {
  const dir = join(dataDir, 'runs');
  return existsSync(dir) ? readdirSync(dir).sort().reverse() : [];
}

export function makeRunDirectory(paths: RunPaths): void {
  for (const dir of [paths.logs, paths.servers]) mkdirSync(dir, { recursive: true });
}

/** Removes old runs, and the large parts of those that are not so old. */
export async function pruneRuns(dataDir: string): Promise<void> {
  const ids = runIds(dataDir);
  const removed = ids.slice(RUNS_KEPT).map((id) => runPaths(dataDir, id).dir);
  const thinned = ids.slice(RUNS_KEPT_WHOLE, RUNS_KEPT).flatMap((id) => {
    const { servers, ledger, spools } = runPaths(dataDir, id);
    return [servers, ledger, spools];
  });
  for (const path of [...removed, ...thinned]) await rm(path, { recursive: true, force: true });
}
