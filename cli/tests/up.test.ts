import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readCurrentRun } from '../src/run/current-run.ts';
import { readChildren, type RegisteredChild } from '../src/servers/child-registry.ts';
import { pollUntil } from '../src/servers/poll.ts';
import { isSameProcess } from '../src/servers/process-identity.ts';
import type { RunReport } from '../src/verify/run-report.ts';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const UP_WITHIN_MS = 90_000;
const PARTS = 6;

let dir: string;
let logs: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crest-up-'));
  logs = join(dir, 'logs');
  await mkdir(logs);
  await writeFile(join(logs, 'quiet.ndjson'), chatLog({ lines: 80, everyMs: 4_000 }));
  await writeFile(join(logs, 'busy.ndjson'), chatLog({ lines: 400, everyMs: 800 }));
});
after(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('crest up', () => {
  it('plays a replay to its end, finds every promise held and leaves nothing running', async () => {
    const data = join(dir, 'replay');
    const report = join(dir, 'report.json');
    const run = crest(
      'up',
      '--data',
      data,
      '--replay',
      logs,
      '--speed',
      '400',
      '--until-done',
      '--report',
      report,
    );
    let children: readonly RegisteredChild[] = [];
    const ended = await pollUntil(
      () => {
        const now = readChildren(data);
        if (now.length > children.length) children = now;
        return run.child.exitCode !== null;
      },
      { withinMs: 180_000, everyMs: 50 },
    );
    assert.ok(ended, run.said());
    assert.equal(run.child.exitCode, 0, run.said());
    const figures = JSON.parse(readFileSync(report, 'utf8')) as Record<string, unknown>;
    assert.equal(figures['sent'], 480);
    assert.equal(figures['stored'], 480);
    assert.equal(figures['lost'], 0);
    assert.equal(figures['gaps'], 0);
    assert.ok(children.length >= PARTS, `${children.length} children`);
    assert.deepEqual(children.filter(isRunning), []);
    assert.deepEqual(readChildren(data), []);
    assert.equal(existsSync(join(data, 'lock.json')), false);

    const again = crest('verify', '--data', data, '--json');
    assert.equal(await again.exit, 0, again.said());
  });

  it('keeps every promise while the processor, the broker and the database are killed', async () => {
    const data = join(dir, 'chaos');
    const report = join(dir, 'chaos.json');
    const long = join(dir, 'long');
    await mkdir(long);
    await writeFile(join(long, 'long.ndjson'), chatLog({ lines: 1_000, everyMs: 3_600 }));
    const run = crest(
      ...['up', '--data', data, '--replay', long, '--speed', '200', '--until-done'],
      ...['--kill', 'processor,kafka,mongodb', '--every', '4s', '--report', report],
    );
    assert.equal(await run.exit, 0, run.said());
    const told = JSON.parse(readFileSync(report, 'utf8')) as RunReport;
    assert.deepEqual([told.sent, told.stored, told.gaps], [1_000, 1_000, 0]);
    const kills = told.disturbances.filter(({ kind }) => kind === 'kill');
    assert.ok(kills.length >= 2, run.said());
    assert.deepEqual(readChildren(data), []);
  });

  it('refuses a second run, starts a part again that was killed, stops in order on Ctrl-C', async () => {
    const data = join(dir, 'stopped');
    const run = crest('up', '--data', data);
    const children = await upWithParts(run, data);

    const second = crest('up', '--data', data);
    assert.equal(await second.exit, 1);
    assert.match(second.said(), /Another run \(process \d+\) is using/);

    const status = crest('status', '--data', data, '--json');
    assert.equal(await status.exit, 0, status.said());

    const processor = children.find(({ name }) => name === 'processor')!;
    process.kill(processor.pid, 'SIGKILL');
    await waitFor(
      () => {
        const now = readChildren(data).find(({ name }) => name === 'processor');
        return now !== undefined && now.pid !== processor.pid;
      },
      () => run.said(),
    );
    assert.match(run.said(), /processor ended \(by SIGKILL\): it starts again/);

    run.child.kill('SIGINT');
    assert.equal(await run.exit, 0, run.said());
    assert.deepEqual(children.filter(isRunning), []);
    assert.equal(readCurrentRun(data), null);
  });

  it('cleans up what a run that was killed left behind', async () => {
    const data = join(dir, 'killed');
    const killed = crest('up', '--data', data);
    const leftOvers = await upWithParts(killed, data);
    killed.child.kill('SIGKILL');
    await killed.exit;
    assert.ok(leftOvers.some(isRunning), 'nothing was left behind');

    const next = crest('up', '--data', data);
    await upWithParts(next, data);
    assert.match(next.said(), /Ended what a run that was killed had left behind/);
    assert.deepEqual(leftOvers.filter(isRunning), []);
    next.child.kill('SIGTERM');
    assert.equal(await next.exit, 0, next.said());
  });

  it('says in one sentence what is wrong with a folder that cannot be replayed', async () => {
    const run = crest('up', '--data', join(dir, 'none'), '--replay', join(dir, 'nowhere'));
    assert.equal(await run.exit, 2);
    assert.match(run.said(), /cannot be replayed \(ENOENT/);
    assert.doesNotMatch(run.said(), /at .*\.ts:/);
  });
});

interface CrestRun {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  /** Everything it wrote so far. */
  said(): string;
}

function crest(...args: readonly string[]): CrestRun {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, exit, said: () => text };
}

/** Waits until every part is up; its processes. */
async function upWithParts(run: CrestRun, data: string): Promise<readonly RegisteredChild[]> {
  await waitFor(
    () => run.said().includes('running ·') && readChildren(data).length >= PARTS,
    () => run.said(),
  );
  return readChildren(data);
}

async function waitFor(condition: () => boolean, said: () => string): Promise<void> {
  assert.ok(await pollUntil(condition, { withinMs: UP_WITHIN_MS, everyMs: 50 }), said());
}

function isRunning({ pid, start }: RegisteredChild): boolean {
  return isSameProcess(pid, start);
}

function chatLog({ lines, everyMs }: { lines: number; everyMs: number }): string {
  const texts = ['hello', 'gg', 'PogChamp', 'what a play', 'LUL LUL', '你好', ''];
  const entries = Array.from({ length: lines }, (_, i) => ({
    t: 5_000 + i * everyMs,
    u: i % 7 === 0 ? null : `u${i % 11}`,
    m: texts[i % texts.length],
  }));
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}
