import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { murmur2, partitionForKey } from './partition.ts';

// Known answers of Kafka's own UtilsTest.testMurmur2 (signed there, unsigned here).
const KNOWN: readonly [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

describe('murmur2', () => {
  for (const [text, expected] of KNOWN) {
    it(`hashes ${text} as Kafka does`, () => {
      assert.equal(murmur2(Buffer.from(text)) | 0, expected);
    });
  }
});

describe('partitionForKey', () => {
  it('chooses as the partitioner of another client does', () => {
    const theirs = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 64 }), (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 1,
          isr: [],
          replicas: [],
          partitionErrorCode: 0,
        }));
        const message = { key, value: '' };
        assert.equal(
          partitionForKey(key, count),
          theirs({ topic: 't', partitionMetadata, message }),
        );
      }),
    );
  });
});
