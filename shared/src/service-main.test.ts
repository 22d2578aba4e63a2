import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

describe('runService', () => {
  it('ends the process of a service that broke, whatever still holds it', async () => {
    assert.equal(await exitCodeOf('Promise.resolve()'), 1);
  });

  it('ends it also where a part did not stop in time', async () => {
    assert.equal(await exitCodeOf("Promise.reject(new Error('did not stop'))"), 1);
  });
});
