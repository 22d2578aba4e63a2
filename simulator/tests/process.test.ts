/** The simulator as a process of its own, as the supervisor runs it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';

const MAIN = join(import.meta.dirname, '../src/main.ts');

function run(settings: Readonly<Record<string, string>>) {
  return spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

interface LogLine {
  readonly msg: string;
  readonly control?: number;
}

describe('the simulator process', () => {
  it('serves its control port, and leaves with 0 when it is told to', async () => {
    const child = run({ CREST_START_RULE: 'at-once' });
    const exit = once(child, 'exit');
    let status: { phase: string; snsUrl: string } | undefined;
    let metrics = '';
    for await (const line of createInterface({ input: child.stdout })) {
      const { msg, control } = JSON.parse(line) as LogLine;
      if (msg !== 'listening') continue;
      const base = `http://127.0.0.1:${control}`;
      status = (await (await fetch(`${base}/status`)).json()) as typeof status;
      metrics = await (await fetch(`${base}/metrics`)).text();
      assert.equal((await fetch(`${base}/readyz`)).status, 200);
      assert.equal((await fetch(`${base}/nowhere`)).status, 404);
      child.kill('SIGTERM');
    }
    assert.deepEqual(await exit, [0, null]);
    assert.equal(status?.phase, 'playing');
    assert.match(status.snsUrl, /^http:/);
    assert.match(metrics, /^crest_simulator_lines_total\{command="PRIVMSG"\} \d+$/m);
  });

  it('says what is wrong with its settings, and leaves with 1', async () => {
    const child = run({ CREST_MODE: 'replay', CREST_SEED: 'x' });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    assert.deepEqual(await once(child, 'close'), [1, null]);
    assert.match(said, /CREST_SEED/);
  });
});
