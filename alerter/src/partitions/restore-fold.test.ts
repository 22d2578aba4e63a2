import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PartitionFold } from '../core/partition-fold.ts';
import { restoreFold } from './restore-fold.ts';

const TOPICS = ['windows', 'spikes'];
const OFFSETS = new Map([['windows', 12]]);
const BEGINNINGS = [
  ['windows', 0],
  ['spikes', 0],
];

function bodyOf(state: object): Buffer {
  return Buffer.from(JSON.stringify(state));
}

describe('restoreFold', () => {
  it('begins with nothing where nothing was saved', () => {
    const restored = restoreFold({ kind: 'none' }, TOPICS);
    assert.deepEqual([restored.from, restored.reason], ['nothing', null]);
    assert.deepEqual([...restored.nextOffsets], [...BEGINNINGS]);
  });

  it('goes on from a snapshot that is whole', () => {
    const fold = new PartitionFold();
    fold.startAt({ offset: 3, timestampMs: 4 });
    fold.watermarkMoved({ watermarkMs: 9_000 });
    const body = bodyOf(fold.toSnapshot());
    const restored = restoreFold({ kind: 'whole', nextOffsets: OFFSETS, body }, TOPICS);
    assert.deepEqual([restored.from, restored.reason], ['snapshot', null]);
    assert.deepEqual(restored.fold.toSnapshot(), fold.toSnapshot());
    assert.deepEqual(
      [...restored.nextOffsets],
      [
        ['windows', 12],
        ['spikes', 0],
      ],
    );
    assert.equal(restored.toldBefore.size, 0);
  });

  const damaged = [
    ['a damaged one', { kind: 'damaged', nextOffsets: OFFSETS, reason: 'gone' }],
    [
      'one of another version',
      { kind: 'whole', nextOffsets: OFFSETS, body: bodyOf({ version: 3 }) },
    ],
    ['one that is no JSON', { kind: 'whole', nextOffsets: OFFSETS, body: Buffer.from('{') }],
    ['one without state', { kind: 'whole', nextOffsets: OFFSETS, body: bodyOf({ version: 2 }) }],
  ] as const;
  for (const [name, saved] of damaged) {
    it(`folds the log again instead of ${name}, and keeps what was told in mind`, () => {
      const restored = restoreFold(saved, TOPICS);
      assert.equal(restored.from, 'log');
      assert.ok(restored.reason !== null && restored.reason !== '');
      assert.deepEqual(
        [...restored.nextOffsets],
        [
          ['windows', 0],
          ['spikes', 0],
        ],
      );
      assert.equal(restored.toldBefore, OFFSETS);
    });
  }
});
