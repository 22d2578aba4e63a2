import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

/** A checkout of two files, in which `crest` says what it was given. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'crest-bootstrap-'));
  for (const dir of ['scripts', 'cli/src', 'bin', 'node_modules']) {
    mkdirSync(join(root, dir), { recursive: true });
  }
  for (const name of ['bootstrap.mjs', 'follow-parent.mjs']) {
    copyFileSync(join(import.meta.dirname, name), join(root, 'scripts', name));
  }
  const packages = { 'node_modules/a': { version: '1.0.0' } };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  program('console.log(JSON.stringify(process.argv.slice(2)));');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function program(code: string): void {
  writeFileSync(join(root, 'cli/src/main.ts'), code);
}

/** A pretend npm, first on the PATH. */
function npm(script: string): void {
  const file = join(root, 'bin', 'npm');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

function start(args: readonly string[], path = `${join(root, 'bin')}:/usr/bin:/bin`): ChildProcess {
  return spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: path },
  });
}

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => (out += String(chunk)));
  child.stderr?.on('data', (chunk) => (err += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

async function firstOutput(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return String(chunk).trim();
}

describe('bootstrap', () => {
  const cases = [
    ['start', ['--speed', '60'], ['up', '--speed', '60']],
    ['crest', ['rules', 'list', '--json'], ['rules', 'list', '--json']],
    ['crest', ['--help'], ['--help']],
    ['start', ['--channels', 'a b', ''], ['up', '--channels', 'a b', '']],
  ] as const;
  for (const [name, args, expected] of cases) {
    it(`hands "${[name, ...args].join(' ')}" on unchanged`, async () => {
      const { code, out } = await outcomeOf(start([name, ...args]));
      assert.deepEqual(JSON.parse(out), expected);
      assert.equal(code, 0);
    });
  }

  it('ends with the exit code of the command', async () => {
    program('process.exitCode = 7;');
    assert.equal((await outcomeOf(start(['crest']))).code, 7);
  });

  it('ends with 128 and the number of the signal that ended the command', async () => {
    program("process.kill(process.pid, 'SIGKILL');");
    assert.equal((await outcomeOf(start(['crest']))).code, 137);
  });

  it('puts the Node that runs the command first on its PATH', async () => {
    program("console.log(process.env.PATH?.split(':')[0] + '/node');");
    assert.equal((await outcomeOf(start(['crest']))).out.trim(), process.execPath);
  });

  it('names the commands when asked for another', async () => {
    const { code, err } = await outcomeOf(start(['strat']));
    assert.equal(code, 1);
    assert.match(err, /^Use one of: start, crest, test,/);
  });
});

describe('bootstrap and signals', () => {
  it('passes one Ctrl-C on once, though it comes from the terminal and from npm', async () => {
    program(`
      let count = 0;
      process.on('SIGINT', () => { count += 1; console.log('interrupt'); });
      process.on('SIGTERM', () => { console.log('interrupts: ' + count); process.exit(3); });
      setInterval(() => {}, 1000);
      console.log('up');`);
    const child = start(['crest']);
    assert.equal(await firstOutput(child), 'up');
    child.kill('SIGINT');
    assert.equal(await firstOutput(child), 'interrupt');
    const ended = outcomeOf(child);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, { code: 3, out: 'interrupts: 1\n', err: '' });
  });

  it('is followed by the command when it is itself killed', async () => {
    program(`
      process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(0); });
      setInterval(() => {}, 1000);
      console.log('up');`);
    const child = start(['crest']);
    assert.equal(await firstOutput(child), 'up');
    const said = firstOutput(child);
    child.kill('SIGKILL');
    assert.equal(await said, 'asked to stop');
  });
});

describe('bootstrap and the packages', () => {
  const stamp = () => join(root, 'node_modules/.crest-installed');
  const changeLock = () =>
    writeFileSync(
      join(root, 'package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { version: '2.0.0' } } }),
    );

  it('takes an installation made by hand as it is', async () => {
    npm('exit 1');
    assert.equal((await outcomeOf(start(['crest']))).code, 0);
    assert.ok(existsSync(stamp()));
  });

  it('installs when the lock file has changed, and not again', async () => {
    changeLock();
    npm(`echo "$@" >> "${root}/calls"`);
    assert.match((await outcomeOf(start(['crest']))).err, /Installing 1 packages.*\nInstalled/);
    assert.equal((await outcomeOf(start(['crest']))).err, '');
    assert.match(readFileSync(join(root, 'calls'), 'utf8'), /^ci --no-audit[^\n]*\n$/);
  });

  it('says in a sentence that npm is missing', async () => {
    changeLock();
    const { code, err } = await outcomeOf(start(['crest'], join(root, 'bin')));
    assert.equal(code, 1);
    assert.match(err, /\nnpm was not found: install Node 24 from/);
  });

  it('says in a sentence that the registry was not reached', async () => {
    changeLock();
    npm('echo "npm error code ENOTFOUND" >&2; exit 1');
    const { code, err } = await outcomeOf(start(['crest']));
    assert.equal(code, 1);
    assert.match(err, /the npm registry was not reached: connect to the network/);
    assert.ok(!existsSync(stamp()));
  });

  it('shows npm’s own words for any other failure', async () => {
    changeLock();
    npm('echo "npm error something odd" >&2; exit 1');
    assert.match((await outcomeOf(start(['crest']))).err, /says? why:\nnpm error something odd/);
  });

  it('says in a sentence that this Node is too old and none came as a package', async (t) => {
    const old = '/usr/bin/node';
    const version = existsSync(old) ? execFileSync(old, ['--version'], { encoding: 'utf8' }) : '';
    if (!/^v2[0-3]\./.test(version)) return t.skip('this machine has no Node between 20 and 23');
    const child = spawn(old, [join(root, 'scripts/bootstrap.mjs'), 'crest']);
    const { code, err } = await outcomeOf(child);
    assert.equal(code, 1);
    assert.match(err, /^Crest runs on Node 24 or newer; this is Node .*: install Node 24 from/);
  });
});
