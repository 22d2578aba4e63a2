import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MongoInstall, MongoKind } from '../servers/mongo-server.ts';
import { ensureCacheEntry } from './cache-entry.ts';
import { ensurePythonPackage } from './python-package.ts';
import { SetupRefusal, type SetupContext } from './setup-context.ts';
import { findTool, requireTool, runTool, toolFailure } from './tools.ts';

const PYTHON_VERSION = '0.7.0b3';
const RUST_VERSION = '0.5.3-beta.196';
const RUST_ENTRY = `secantusd-rs-${RUST_VERSION}`;
/** Measured with two cores; said so that nobody thinks it hangs. */
const RUST_BUILD_MINUTES = 6;

/**
 * The best database this machine has: `mongod` on PATH, else the fast embedded one where it was built,
 * else the one in Python, which is fetched.
 * @param kind asks for one of them.
 */
export async function ensureMongo(context: SetupContext, kind?: MongoKind): Promise<MongoInstall> {
  switch (kind ?? bestKind(context)) {
    case 'mongod':
      return { kind: 'mongod', command: requireTool('mongod', context.env), args: [] };
    case 'secantusd-rs':
      return ensureFastMongo(context);
    case 'secantusd-py':
      return ensurePythonMongo(context);
  }
}

function bestKind(context: SetupContext): MongoKind {
  if (findTool('mongod', context.env) !== undefined) return 'mongod';
  return existsSync(join(context.cacheDir, RUST_ENTRY)) ? 'secantusd-rs' : 'secantusd-py';
}

async function ensurePythonMongo(context: SetupContext): Promise<MongoInstall> {
  const { python } = await ensurePythonPackage(context, 'SecantusDB', PYTHON_VERSION);
  const run = 'import sys; from secantus.cli import main; sys.exit(main())';
  return { kind: 'secantusd-py', command: python, args: ['-c', run] };
}

/** What `crest setup --fast-db` does: builds the fast embedded database, in some minutes, once. */
export async function ensureFastMongo(context: SetupContext): Promise<MongoInstall> {
  const entry = await ensureCacheEntry(context, RUST_ENTRY, (dir) => buildFastMongo(context, dir));
  const command = join(entry, 'bin', 'secantusd-rs');
  if (!existsSync(command)) {
    throw new SetupRefusal(`${entry} has no bin/secantusd-rs: remove it and run the setup again.`);
  }
  return { kind: 'secantusd-rs', command, args: [] };
}

async function buildFastMongo(context: SetupContext, dir: string): Promise<void> {
  const cargo = requireTool('cargo', context.env);
  requireTool('cmake', context.env);
  requireTool('g++', context.env);
  const step = context.progress.begin(
    `Building the fast embedded database (about ${RUST_BUILD_MINUTES} minutes)`,
  );
  const target = join(dir, 'target');
  await mkdir(target);
  let crates = 0;
  const result = await runTool(context, {
    command: cargo,
    args: [
      'install',
      'secantus-mdb',
      ...['--version', RUST_VERSION, '--root', dir, '--ignore-rust-version', '--locked'],
      ...['--target-dir', target],
    ],
    onLine: (line) => {
      if (/^\s*Compiling /.test(line)) crates += 1;
      step.update(`${crates} crates compiled`);
    },
  });
  if (result.code !== 0) throw toolFailure('The fast embedded database', result);
  await rm(target, { recursive: true, force: true });
  step.done('there');
}
