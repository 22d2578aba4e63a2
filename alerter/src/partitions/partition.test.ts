import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConsumedBatch } from '@crest/shared/kafka/port';
import { PartitionFold } from '../core/partition-fold.ts';
import { Partition } from './partition.ts';

const TOPICS = { windows: 'windows', spikes: 'spikes' };

function running(nextOffsets: ReadonlyMap<string, number>): Partition {
  const partition = new Partition({
    partition: 0,
    topics: TOPICS,
    tell: () => Promise.resolve(),
    untold: () => undefined,
    onHeartbeat: () => undefined,
    bury: () => Promise.resolve(),
  });
  const fold = new PartitionFold();
  partition.run({ epoch: 1, fold, nextOffsets, toldBefore: new Map() }, 0);
  return partition;
}

function batchFrom(offset: number): ConsumedBatch {
  const records = [{ offset, key: null, value: null, timestampMs: 0 }];
  return { topic: TOPICS.windows, partition: 0, records, endOffset: offset + 1 };
}

describe('Partition', () => {
  it('goes back for records that it was never given, and once only', () => {
    const partition = running(new Map([[TOPICS.windows, 7]]));
    assert.equal(partition.missedBefore(batchFrom(7)), null);
    assert.equal(partition.missedBefore(batchFrom(3)), null);
    assert.equal(partition.missedBefore(batchFrom(9)), 7);
    // Handed over from there again: what lies between is gone from the log.
    assert.equal(partition.missedBefore(batchFrom(9)), null);
  });

  it('looks for the records of a topic from its beginning on', () => {
    assert.equal(running(new Map()).missedBefore(batchFrom(2)), 0);
  });

  it('goes back for nothing once it is given up', () => {
    const partition = running(new Map());
    partition.drop();
    assert.equal(partition.missedBefore(batchFrom(2)), null);
  });
});
