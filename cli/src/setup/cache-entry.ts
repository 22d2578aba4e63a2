import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lockDirectory } from '../servers/directory-lock.ts';
import type { SetupContext } from './setup-context.ts';

/** The longest that one setup waits for another that makes the same entry: a slow build. */
const OTHER_SETUP_WAIT_MS = 20 * 60_000;

/**
 * A directory of the cache, made once.
 *
 * An entry is either whole or not there: it is made beside its place and then renamed. Two setups at once
 * make it once, because the second waits for the first.
 *
 * @param make fills the directory that it is given.
 * @returns the path of the entry.
 */
export async function ensureCacheEntry(
  context: SetupContext,
  name: string,
  make: (dir: string) => Promise<void>,
): Promise<string> {
  const entry = join(context.cacheDir, name);
  if (existsSync(entry)) return entry;
  const lock = await lockDirectory(join(context.cacheDir, '.locks', name), {
    waitMs: OTHER_SETUP_WAIT_MS,
    busyMessage: (pid) => `Another setup (process ${pid}) has been making ${name} for very long.`,
  });
  try {
    if (existsSync(entry)) return entry;
    await mkdir(dirname(entry), { recursive: true });
    const temporary = await mkdtemp(`${entry}.making-`);
    try {
      await make(temporary);
      await rename(temporary, entry);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return entry;
  } finally {
    lock.release();
  }
}
