import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DirectoryBusyError, lockDirectory } from './directory-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'crest-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Another process that takes the lock and says what came of it. */
function lockElsewhere() {
  const module = new URL('./directory-lock.ts', import.meta.url).href;
  const program = `
    const { lockDirectory } = await import(${JSON.stringify(module)});
    await lockDirectory(${JSON.stringify(dir)}).then(() => console.log('taken'), (e) => console.log(e.message));
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe(lockDirectory.name, () => {
  it('refuses a second run, naming the first and the way out', async () => {
    const lock = await lockDirectory(dir);
    await assert.rejects(lockDirectory(dir), (error) => {
      assert.ok(error instanceof DirectoryBusyError);
      assert.equal(error.holder, process.pid);
      assert.match(error.message, /process \d+\) is using .*: stop it first.*--data DIR/);
      return true;
    });
    lock.release();
  });

  it('is free again after the release, however often that is called', async () => {
    const first = await lockDirectory(dir);
    first.release();
    const second = await lockDirectory(dir);
    first.release();
    await assert.rejects(lockDirectory(dir), DirectoryBusyError);
    second.release();
    assert.deepEqual(readdirSync(dir), []);
  });

  it('waits for a holder that goes in time', async () => {
    const first = await lockDirectory(dir);
    let waitedFor = 0;
    const second = await lockDirectory(dir, {
      waitMs: 10_000,
      onWait(holder) {
        waitedFor = holder;
        first.release();
      },
    });
    assert.equal(waitedFor, process.pid);
    second.release();
  });

  it('takes over from a process that was killed', async () => {
    const other = lockElsewhere();
    const [said] = (await once(other.stdout, 'data')) as [Buffer];
    assert.equal(String(said).trim(), 'taken');
    await assert.rejects(lockDirectory(dir), DirectoryBusyError);
    other.kill('SIGKILL');
    await once(other, 'exit');
    (await lockDirectory(dir)).release();
  });

  it('takes over what nobody can read', async () => {
    writeFileSync(join(dir, 'lock.json'), 'half of a');
    (await lockDirectory(dir)).release();
  });

  it('goes to exactly one of several who find it stale', async () => {
    writeFileSync(join(dir, 'lock.json'), '{"pid":1073741824,"start":"long ago"}');
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(dir)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('makes the directory where it is missing', async () => {
    const deeper = join(dir, 'a', 'b');
    (await lockDirectory(deeper)).release();
    assert.ok(existsSync(deeper));
  });
});
