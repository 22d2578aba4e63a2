/**
 * The processes that a run has started, on disk, so that a run that was killed leaves none behind for
 * good: the next run on the same directory ends them.
 *
 * One run at a time writes a registry (`lockDirectory` sees to that), with whole-file renames: a reader
 * never sees half of it. A process is known by its id and the time it began, because ids come round.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from './poll.ts';
import { isSameProcess, processStart } from './process-identity.ts';

const FILE_NAME = 'children.json';
const POLL_MS = 25;
/** After SIGKILL a process is gone as soon as the kernel has cleaned up. */
const KILLED_WITHIN_MS = 5_000;

/** One process that a run has started. */
export interface RegisteredChild {
  /** What it is, for people: `kafka`, `collector-2`. */
  readonly name: string;
  readonly pid: number;
  /** When it began, as `processStart` says it. */
  readonly start: string;
}

/** Writes down a process just started. Does nothing where it has already ended. */
export function registerChild(dir: string, name: string, pid: number): void {
  const start = processStart(pid);
  if (start === undefined) return;
  write(dir, [...readChildren(dir).filter((child) => child.pid !== pid), { name, pid, start }]);
}

/** Strikes out a process that has ended. */
export function forgetChild(dir: string, pid: number): void {
  write(
    dir,
    readChildren(dir).filter((child) => child.pid !== pid),
  );
}

/** What the registry of this directory holds; nothing where there is none, or none that can be read. */
export function readChildren(dir: string): readonly RegisteredChild[] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(dir, FILE_NAME), 'utf8'));
    return Array.isArray(parsed) ? parsed.filter(isRegisteredChild) : [];
  } catch {
    return [];
  }
}

/**
 * Ends every process that an earlier run on this directory left behind, and empties the registry.
 *
 * Call it while holding the lock of the directory. A process whose id was given to another one since is
 * left alone. All are asked with SIGTERM at once; those that still run after `graceMs` are killed.
 *
 * @returns those that still ran.
 */
export async function endLeftOvers(
  dir: string,
  { graceMs = 5_000 }: { readonly graceMs?: number } = {},
): Promise<readonly RegisteredChild[]> {
  const running = readChildren(dir).filter(isRunning);
  running.forEach((child) => signal(child, 'SIGTERM'));
  const noneRuns = () => !running.some(isRunning);
  if (!(await pollUntil(noneRuns, { withinMs: graceMs, everyMs: POLL_MS }))) {
    running.filter(isRunning).forEach((child) => signal(child, 'SIGKILL'));
    await pollUntil(noneRuns, { withinMs: KILLED_WITHIN_MS, everyMs: POLL_MS });
  }
  write(dir, running.filter(isRunning));
  return running;
}

function isRunning(child: RegisteredChild): boolean {
  return isSameProcess(child.pid, child.start);
}

function signal(child: RegisteredChild, name: NodeJS.Signals): void {
  try {
    process.kill(child.pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}

function isRegisteredChild(value: unknown): value is RegisteredChild {
  if (typeof value !== 'object' || value === null) return false;
  const child = value as Partial<Record<keyof RegisteredChild, unknown>>;
  return (
    typeof child.name === 'string' &&
    typeof child.start === 'string' &&
    Number.isInteger(child.pid) &&
    Number(child.pid) > 1
  );
}

function write(dir: string, children: readonly RegisteredChild[]): void {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, FILE_NAME);
  writeFileSync(`${file}.new`, `${JSON.stringify(children, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
