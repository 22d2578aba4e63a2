import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { endLeftOvers, forgetChild, readChildren, registerChild } from './child-registry.ts';
import { processStart } from './process-identity.ts';

let dir: string;
const started: ChildProcess[] = [];
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'crest-registry-'));
});
after(() => {
  started.forEach((child) => child.kill('SIGKILL'));
  rmSync(dir, { recursive: true });
});

/** A process that says when it is up, and then only waits. */
async function startWaiting(code = ''): Promise<{ child: ChildProcess; pid: number }> {
  const program = `${code}; setInterval(() => {}, 1000); console.log('up');`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await once(child.stdout, 'data');
  return { child, pid: child.pid ?? 0 };
}

describe('child registry', () => {
  it('holds what was registered until it is forgotten', () => {
    registerChild(dir, 'me', process.pid);
    registerChild(dir, 'me', process.pid);
    assert.deepEqual(readChildren(dir), [
      { name: 'me', pid: process.pid, start: processStart(process.pid) },
    ]);
    forgetChild(dir, process.pid);
    assert.deepEqual(readChildren(dir), []);
  });

  it('ends a process that an earlier run left behind', async () => {
    const { child, pid } = await startWaiting();
    registerChild(dir, 'left', pid);
    const exit = once(child, 'exit');
    const ended = await endLeftOvers(dir);
    assert.deepEqual(
      ended.map(({ name }) => name),
      ['left'],
    );
    assert.deepEqual(await exit, [null, 'SIGTERM']);
    assert.deepEqual(readChildren(dir), []);
  });

  it('kills one that does not go when asked', async () => {
    const { child, pid } = await startWaiting("process.on('SIGTERM', () => {})");
    registerChild(dir, 'stubborn', pid);
    const exit = once(child, 'exit');
    await endLeftOvers(dir, { graceMs: 100 });
    assert.deepEqual(await exit, [null, 'SIGKILL']);
  });

  it('leaves a process alone that was given the id of another since', async () => {
    const { child, pid } = await startWaiting();
    writeFileSync(
      join(dir, 'children.json'),
      JSON.stringify([{ name: 'long gone', pid, start: 'another time' }]),
    );
    assert.deepEqual(await endLeftOvers(dir), []);
    assert.equal(child.exitCode, null);
    assert.equal(child.signalCode, null);
  });

  it('reads a damaged file as empty', async () => {
    for (const text of ['', '{', '{}', '[{"name":"x","pid":0,"start":"y"}]', '[null,7]']) {
      writeFileSync(join(dir, 'children.json'), text);
      assert.deepEqual(readChildren(dir), []);
    }
    assert.deepEqual(await endLeftOvers(join(dir, 'never made')), []);
  });
});

describe(processStart.name, () => {
  it('is the same for the same process and different for two', async () => {
    const { pid } = await startWaiting();
    assert.equal(processStart(pid), processStart(pid));
    assert.notEqual(processStart(pid), processStart(process.pid));
  });

  it('is undefined where no process is', () => {
    assert.equal(processStart(2 ** 30), undefined);
  });
});
