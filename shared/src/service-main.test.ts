import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

/** A service that breaks at once, and something that would keep its process for ever. */
const BROKEN = `
  import { runService } from '${new URL('service-main.ts', import.meta.url).href}';
  import { createLogger } from '${new URL('logger.ts', import.meta.url).href}';
  setInterval(() => undefined, 1_000);
  const stop = () => STOP;
  const app = { start: () => Promise.resolve(), stop, failed: Promise.resolve(new Error('broken')) };
  await runService(app, createLogger('test', 'silent'));
`;

async function exitCodeOf(stop: string): Promise<number | null> {
  const source = BROKEN.replace('STOP', stop);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: 'ignore',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** A service that works, and says when it has started. */
const WORKING = `
  import { runService } from '${new URL('service-main.ts', import.meta.url).href}';
  import { createLogger } from '${new URL('logger.ts', import.meta.url).href}';
  setInterval(() => undefined, 1_000);
  const start = () => Promise.resolve().finally(() => setImmediate(() => console.log('started')));
  const app = { start, stop: () => Promise.resolve(), failed: new Promise(() => undefined) };
  await runService(app, createLogger('test', 'silent'));
`;

describe('runService', () => {
  it('ends the process of a service that broke, whatever still holds it', async () => {
    assert.equal(await exitCodeOf('Promise.resolve()'), 1);
  });

  it('ends it also where a part did not stop in time', async () => {
    assert.equal(await exitCodeOf("Promise.reject(new Error('did not stop'))"), 1);
  });

  it('keeps what was compiled, where it is asked to, though the process is killed', async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'crest-compiled-'));
    const child = spawn(process.execPath, ['--input-type=module', '--eval', WORKING], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_COMPILE_CACHE: directory.path },
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const kept = await readdir(directory.path, { recursive: true, withFileTypes: true });
    assert.ok(kept.some((entry) => entry.isFile()));
  });
});
