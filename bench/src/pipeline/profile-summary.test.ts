import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { summarise } from './profile-summary.ts';

const node = (id: number, functionName: string, url: string) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
});

const PROFILE = {
  nodes: [
    node(1, '(idle)', ''),
    node(2, 'fold', 'file:///home/x/crest/processor/src/core/fold.ts'),
    node(3, 'deserialize', 'file:///home/x/crest/node_modules/bson/lib/bson.cjs'),
    node(4, '(garbage collector)', ''),
    node(5, 'writev', 'node:internal/streams'),
    node(6, 'send', 'file:///x/node_modules/@scope/name/node_modules/inner/index.js'),
  ],
  samples: [1, 2, 2, 3, 4, 5, 6],
  timeDeltas: [9_000_000, 300_000, 200_000, 200_000, 100_000, 100_000, 100_000],
};

describe('summarise', () => {
  it('shares the time that was not idle among modules', () => {
    const { busySeconds, modules } = summarise(PROFILE, 10);
    assert.equal(busySeconds, 1);
    assert.deepEqual(modules, [
      { name: 'processor/src/core/fold.ts', share: 0.5 },
      { name: 'bson', share: 0.2 },
      { name: '(garbage collector)', share: 0.1 },
      { name: 'node:internal/streams', share: 0.1 },
      { name: 'inner', share: 0.1 },
    ]);
  });

  it('names functions with their place, and no more than asked for', () => {
    const [first, ...others] = summarise(PROFILE, 2).functions;
    assert.deepEqual(first, { name: 'fold processor/src/core/fold.ts:10', share: 0.5 });
    assert.equal(others.length, 1);
  });
});
