/**
 * What every npm script runs first: sees to the packages and to Node 24, then runs the command with it.
 *
 * Dependency-free and plain JavaScript, because it is the one file that runs before either is there; it
 * needs Node 20. When nothing is to be fetched it adds less than a tenth of a second.
 *
 * The command runs in a session of its own and this process hands on each signal. A Ctrl-C comes here
 * twice, from the terminal and again from npm, and must reach the command once: a second one means
 * "leave now" there.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';

const ROOT = dirname(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname));
const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.crest-installed');

const NODE_MAJOR_TO_BOOT = 20;
const NODE_MAJOR_TO_RUN = 24;

/** Two of the same signal within this time are one key press. */
const SAME_SIGNAL_MS = 400;

const COMMANDS = {
  start: ['cli/src/main.ts', 'up'],
  crest: ['cli/src/main.ts'],
  test: ['scripts/test.ts'],
  check: ['scripts/check.ts'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--log-level=warn', '--write', '.'],
  docs: ['scripts/docs.ts'],
  e2e: ['e2e/src/main.ts'],
  bench: ['bench/src/main.ts'],
};

/** A failure that one sentence explains; no stack is shown. */
class Refusal extends Error {}

async function main() {
  if (majorOf(process.versions.node) < NODE_MAJOR_TO_BOOT) {
    throw new Refusal(
      `Crest needs Node ${NODE_MAJOR_TO_BOOT} or newer to start, and this is Node ${process.versions.node}: install Node ${NODE_MAJOR_TO_RUN} from https://nodejs.org and run the command again.`,
    );
  }
  const [name, ...args] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (command === undefined) {
    throw new Refusal(`Use one of: ${Object.keys(COMMANDS).join(', ')}; for example "npm start".`);
  }
  await ensurePackages();
  const node = findNode();
  const [script, ...fixed] = command;
  if (!existsSync(join(ROOT, script)))
    throw new Refusal(`${script} is missing from this checkout.`);
  await run(node, [join(ROOT, script), ...fixed, ...args]);
}

// -- packages ----------------------------------------------------------------------------------------

async function ensurePackages() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'));
  const stamp = createHash('sha256')
    .update(lock)
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
  if (textOf(STAMP) === stamp) return;
  const wanted = JSON.parse(lock.toString('utf8')).packages;
  if (!alreadyInstalled(wanted)) await install(wanted);
  writeFileSync(STAMP, stamp);
}

/** Whether somebody ran npm by hand: its own record of what it installed has every package we want. */
function alreadyInstalled(wanted) {
  const record = textOf(join(MODULES, '.package-lock.json'));
  if (record === undefined) return false;
  const present = JSON.parse(record).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.startsWith('node_modules/') ||
      entry.link === true ||
      entry.optional === true ||
      present[path]?.version === entry.version,
  );
}

async function install(wanted) {
  const total = Object.entries(wanted).filter(
    ([path, { link, optional }]) =>
      /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !link && !optional,
  ).length;
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  const stopShowing = showProgress(
    () => `Installing ${total} packages: ${countInstalled()} there, ${seconds()} s`,
  );
  const { code, errors } = await runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  stopShowing();
  if (code !== 0) throw new Refusal(whyInstallFailed(errors));
  say(`Installed the packages in ${seconds()} s.`);
}

function countInstalled() {
  const entriesOf = (path) => {
    try {
      return readdirSync(path).filter((name) => !name.startsWith('.'));
    } catch {
      return [];
    }
  };
  return entriesOf(MODULES).flatMap((name) =>
    name.startsWith('@') ? entriesOf(join(MODULES, name)) : [name],
  ).length;
}

/** Runs the npm that called us, else the one on PATH; its words are kept for the case that it fails. */
function runNpm(args) {
  const own = process.env.npm_execpath;
  const [file, before] =
    own !== undefined && /npm-cli\.[cm]?js$/.test(own) && existsSync(own)
      ? [process.execPath, [own]]
      : ['npm', []];
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...before, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32' && file === 'npm',
    });
    let errors = '';
    child.stderr.on('data', (text) => (errors = (errors + text).slice(-8_000)));
    child.once('error', () =>
      reject(
        new Refusal(
          'npm was not found: install Node 24 from https://nodejs.org, which brings it, and run the command again.',
        ),
      ),
    );
    child.once('close', (code) => resolve({ code, errors }));
  });
}

function whyInstallFailed(errors) {
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|ENETUNREACH|network/i.test(errors)) {
    return 'The packages could not be fetched because the npm registry was not reached: connect to the network, or name a mirror with "npm config set registry URL", and run the command again.';
  }
  if (/ENOSPC/.test(errors)) return 'The packages could not be installed: the disk is full.';
  if (/EACCES|EPERM/.test(errors)) {
    return `The packages could not be installed: ${MODULES} is not writable for this user.`;
  }
  const lines = errors.split('\n').filter((line) => line.startsWith('npm error'));
  return `"npm ci" failed, and its own words say why:\n${lines.slice(0, 12).join('\n')}`;
}

// -- Node 24 -----------------------------------------------------------------------------------------

/** The machine's Node where it is new enough, else the one that came as a package. */
function findNode() {
  if (majorOf(process.versions.node) >= NODE_MAJOR_TO_RUN) return process.execPath;
  const windows = process.platform === 'win32';
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const packaged = join(MODULES, name, 'bin', windows ? 'node.exe' : 'node');
  if (existsSync(packaged)) return packaged;
  throw new Refusal(
    `Crest runs on Node ${NODE_MAJOR_TO_RUN} or newer; this is Node ${process.versions.node} and there is no packaged Node for ${process.platform} on ${process.arch}: install Node ${NODE_MAJOR_TO_RUN} from https://nodejs.org and run the command again.`,
  );
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}

// -- running -----------------------------------------------------------------------------------------

/** Runs the command with its terminal, hands signals on, and ends as it ended. */
function run(node, args) {
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const child = spawn(
    node,
    [
      '--disable-warning=ExperimentalWarning',
      `--import=${new URL('./follow-parent.mjs', import.meta.url).href}`,
      ...args,
    ],
    {
      stdio: 'inherit',
      detached: process.platform !== 'win32',
      env: {
        ...process.env,
        [pathName]: [dirname(node), process.env[pathName]].filter(Boolean).join(delimiter),
      },
    },
  );
  handSignalsTo(child);
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new Refusal(`${node} could not be run: ${error.message}.`)),
    );
    child.once('close', (code, signal) => {
      process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
      resolve();
      // The handlers and the watch on npm would keep this process; the command is over.
      process.exit();
    });
  });
}

function handSignalsTo(child) {
  const last = new Map();
  const handOn = (signal) => {
    const nowMs = performance.now();
    const before = last.get(signal);
    if (before !== undefined && nowMs - before < SAME_SIGNAL_MS) return;
    last.set(signal, nowMs);
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
    process.on(signal, () => handOn(signal));
  }
  process.on('SIGWINCH', () => child.kill('SIGWINCH'));
  if (process.platform === 'win32') return;
  process.on('SIGTSTP', () => {
    child.kill('SIGSTOP');
    process.kill(process.pid, 'SIGSTOP');
  });
  process.on('SIGCONT', () => child.kill('SIGCONT'));
  if (process.env.npm_lifecycle_event !== undefined) stopWhenOrphaned(() => handOn('SIGTERM'));
}

/** Where npm itself is killed nobody would ever stop the command: do it here. */
function stopWhenOrphaned(stop) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 500);
}

// -- words -------------------------------------------------------------------------------------------

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

/** On a terminal one line that changes, elsewhere a line every ten seconds. Returns how to end it. */
function showProgress(line) {
  const live = process.stderr.isTTY;
  const show = () => (live ? process.stderr.write(`\r\u001b[K${line()}`) : say(line()));
  show();
  const timer = setInterval(show, live ? 200 : 10_000);
  return () => {
    clearInterval(timer);
    if (live) process.stderr.write('\r\u001b[K');
  };
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  say(error.message);
  process.exit(1);
}
