import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { ensureCacheEntry } from '../../../cli/src/setup/cache-entry.ts';
import { silentProgress } from '../../../cli/src/setup/progress.ts';
import { cacheDirectory } from '../../../cli/src/setup/setup-context.ts';
import { requireTool, runTool, toolFailure } from '../../../cli/src/setup/tools.ts';

/** Pinned: what the suites name as missing from moto was seen in this version. */
const motoVersion = '5.2.5';
const installBudgetMs = 60_000;

/** A moto server that is running. */
export type Moto = AsyncDisposable & { readonly url: string };

/** Where moto is installed, or why there is none. */
export type MotoInstall =
  | { readonly ok: true; readonly packages: string; readonly python: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Finds moto in the cache or installs it there, within 60 s. `CREST_TEST_MOTO=off` never does;
 * `CREST_TEST_MOTO=required` fails where the suites would otherwise be skipped.
 *
 * @throws the reason of the failure, when moto is required
 */
export async function ensureMoto(): Promise<MotoInstall> {
  const wish = process.env['CREST_TEST_MOTO'];
  if (wish === 'off') return { ok: false, reason: 'CREST_TEST_MOTO=off leaves moto out' };
  try {
    return { ok: true, ...(await install()) };
  } catch (error) {
    if (wish === 'required') throw error;
    return { ok: false, reason: `moto ${motoVersion} cannot be installed: ${String(error)}` };
  }
}

/** Starts a moto server on a free port, with state of its own. */
export async function startMoto({ packages, python }: MotoInstall & { ok: true }): Promise<Moto> {
  const start = 'from moto.server import main; main(["-H", "127.0.0.1", "-p", "0"])';
  const child = spawn(python, ['-u', '-c', start], {
    env: { ...process.env, PYTHONPATH: packages },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /Running on (http:\/\/[\d.:]+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stderr.resume();
    return { url, [Symbol.asyncDispose]: stop };
  }
  throw new Error('moto ended before it listened');
}

async function install(): Promise<{ packages: string; python: string }> {
  const context = {
    cacheDir: cacheDirectory(process.env),
    env: process.env,
    progress: silentProgress,
    signal: AbortSignal.timeout(installBudgetMs),
  };
  const python = requireTool('python3', context.env);
  const packages = await ensureCacheEntry(context, `moto-${motoVersion}`, async (dir) => {
    const wanted = `moto[server]==${motoVersion}`;
    const flags = ['--quiet', '--no-input', '--disable-pip-version-check', '--retries=1'];
    const args = ['-m', 'pip', 'install', ...flags, `--target=${dir}`, wanted];
    const pip = await runTool(context, { command: python, args });
    if (pip.code !== 0) throw toolFailure(`moto ${motoVersion}`, pip);
  });
  return { packages, python };
}
