/**
 * One run at a time on a directory.
 *
 * The lock is a file that names its holder by process id and start time, so that the lock of a process
 * that was killed is known to be nobody's and is taken over. Creating the file exclusively decides between
 * two who come at once; taking over is done under a second such file, which lives for microseconds.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from './poll.ts';
import { isSameProcess, processStart } from './process-identity.ts';

const FILE_NAME = 'lock.json';
const POLL_MS = 100;
/** A take-over takes microseconds; one this old was killed in the middle. */
const TAKE_OVER_MS = 5_000;

/** Another process that runs holds the directory. The message is a sentence for people. */
export class DirectoryBusyError extends Error {
  override readonly name = 'DirectoryBusyError';
  /** Process id of the holder. */
  readonly holder: number;

  constructor(message: string, holder: number) {
    super(message);
    this.holder = holder;
  }
}

export interface DirectoryLock {
  /** Gives the directory free; the second call does nothing. */
  release(): void;
}

export interface LockOptions {
  /** How long to wait for a holder that runs; 0 refuses at once. Default 0. */
  readonly waitMs?: number;
  /** Called once when somebody else holds the directory and waiting begins. */
  readonly onWait?: (holder: number) => void;
  /** The sentence of the refusal. */
  readonly busyMessage?: (holder: number) => string;
}

interface Holder {
  readonly pid: number;
  readonly start: string;
}

/**
 * Takes the lock of a directory, which is made where it is missing.
 * @throws {DirectoryBusyError} when another process holds it and goes on holding it for `waitMs`.
 */
export async function lockDirectory(
  dir: string,
  options: LockOptions = {},
): Promise<DirectoryLock> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, FILE_NAME);
  let waiting = false;
  const taken = await pollUntil(
    () => {
      if (tryLock(file)) return true;
      const holder = readHolder(file);
      if (!waiting && holder !== undefined) {
        waiting = true;
        options.onWait?.(holder.pid);
      }
      return false;
    },
    { withinMs: options.waitMs ?? 0, everyMs: POLL_MS },
  );
  if (!taken) throw busyError(dir, readHolder(file)?.pid ?? 0, options);
  let released = false;
  return {
    release() {
      if (!released) rmSync(file, { force: true });
      released = true;
    },
  };
}

function busyError(dir: string, holder: number, options: LockOptions): DirectoryBusyError {
  const message =
    options.busyMessage?.(holder) ??
    `Another run (process ${holder}) is using ${dir}: stop it first, or give this one a directory of its own with --data DIR.`;
  return new DirectoryBusyError(message, holder);
}

function tryLock(file: string): boolean {
  if (createHeld(file)) return true;
  const holder = readHolder(file);
  if (holder !== undefined && isSameProcess(holder.pid, holder.start)) return false;
  return takeOver(file);
}

function takeOver(file: string): boolean {
  const claim = `${file}.taking-over`;
  if (!createHeld(claim)) {
    if (ageMs(claim) > TAKE_OVER_MS) rmSync(claim, { force: true });
    return false;
  }
  try {
    const holder = readHolder(file);
    if (holder !== undefined && isSameProcess(holder.pid, holder.start)) return false;
    rmSync(file, { force: true });
    return createHeld(file);
  } finally {
    rmSync(claim, { force: true });
  }
}

/** Creates the file with our name in it, whole or not at all; false when it is there already. */
function createHeld(file: string): boolean {
  const me: Holder = { pid: process.pid, start: processStart(process.pid) ?? '' };
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${JSON.stringify(me)}\n`);
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const { pid, start } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined;
  } catch {
    return undefined;
  }
}

function ageMs(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
