import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from './progress.ts';

/** What every step of the setup is given. */
export interface SetupContext {
  /** Where fetched things are kept, outside of any checkout. */
  readonly cacheDir: string;
  /** The environment in which tools are looked for and run. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  /** Ends a step in the middle; the cache is left as if the step had not begun. */
  readonly signal: AbortSignal | undefined;
}

/** Something the setup needs is not there. The message is one sentence that names the remedy. */
export class SetupRefusal extends Error {
  override readonly name = 'SetupRefusal';
}

/** `CREST_CACHE_DIR`, else `crest` under the user's cache directory. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  if (env['CREST_CACHE_DIR']) return env['CREST_CACHE_DIR'];
  const base = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(base, 'crest');
}
