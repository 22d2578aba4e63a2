import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { HEAP_MIB_MAX, memoryVariables } from './environment.ts';

/** V8 counts the young generation in, which grows with the machine. */
const YOUNG_MIB = 256;

describe('memoryVariables', () => {
  it('bounds the heap of a service', () => {
    const mib = heapMibMax(memoryVariables('collector', {}));
    assert.ok(mib >= HEAP_MIB_MAX && mib < HEAP_MIB_MAX + YOUNG_MIB, String(mib));
  });

  it('lets the operator say otherwise', () => {
    const asked = { NODE_OPTIONS: '--max-old-space-size=300', MALLOC_ARENA_MAX: '7' };
    const variables = memoryVariables('processor', asked);
    assert.equal(variables['MALLOC_ARENA_MAX'], '7');
    assert.ok(heapMibMax(variables) < 300 + YOUNG_MIB);
  });

  it('leaves the pretend Twitch alone, whose memory grows with what it sent', () => {
    assert.deepEqual(memoryVariables('simulator', {}), {});
  });
});

/** What a Node process with these variables takes for the most that its heap may become, MiB. */
function heapMibMax(variables: Record<string, string>): number {
  const script = 'console.log(require("node:v8").getHeapStatistics().heap_size_limit)';
  const { stdout } = spawnSync(process.execPath, ['--eval', script], {
    env: { ...variables },
    encoding: 'utf8',
  });
  return Number(stdout) / 2 ** 20;
}
