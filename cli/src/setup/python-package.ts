import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureCacheEntry } from './cache-entry.ts';
import { SetupRefusal, type SetupContext } from './setup-context.ts';
import { requireTool, runTool, toolFailure } from './tools.ts';

export interface PythonPackage {
  /** The interpreter that sees the package. Scripts in `bin/` do not survive the rename: run modules. */
  readonly python: string;
  readonly sitePackages: string;
}

/** Installs one exact package into a virtual environment of its own in the cache. */
export async function ensurePythonPackage(
  context: SetupContext,
  name: string,
  version: string,
): Promise<PythonPackage> {
  const entry = await ensureCacheEntry(context, `${name.toLowerCase()}-${version}`, async (dir) => {
    const python = requireTool('python3', context.env);
    const step = context.progress.begin(`Fetching ${name} ${version} (Python package)`);
    await makeEnvironment(context, python, dir);
    const pip = await runTool(context, {
      command: join(dir, 'bin', 'python3'),
      args: [
        '-m',
        'pip',
        'install',
        '--pre',
        '--no-input',
        '--progress-bar=off',
        pin(name, version),
      ],
      env: { PIP_DISABLE_PIP_VERSION_CHECK: '1' },
      onLine: (line) => step.update(line.trim().slice(0, 70)),
    });
    if (pip.code !== 0) throw toolFailure(`${name} ${version}`, pip);
    step.done('there');
  });
  return { python: join(entry, 'bin', 'python3'), sitePackages: sitePackagesOf(entry) };
}

function pin(name: string, version: string): string {
  return `${name}==${version}`;
}

async function makeEnvironment(context: SetupContext, python: string, dir: string): Promise<void> {
  const made = await runTool(context, { command: python, args: ['-m', 'venv', dir] });
  if (made.code === 0) return;
  if (/ensurepip|No module named venv/i.test(made.output)) {
    throw new SetupRefusal(
      'Python is there without its venv module, which the embedded database is installed with: install it (Debian and Ubuntu: "apt-get install python3-venv"), put a mongod on PATH, or use a database that is there with --mongodb URL.',
    );
  }
  throw toolFailure('A virtual environment for Python', made);
}

function sitePackagesOf(environment: string): string {
  const lib = join(environment, 'lib');
  const version = readdirSync(lib).find((name) => name.startsWith('python3'));
  return join(lib, version ?? 'python3', 'site-packages');
}
