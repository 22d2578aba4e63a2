import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OutgoingRecord } from './port.ts';
import { splitSends } from './split-sends.ts';

const BYTES_MAX = 500;

function recordOf(partition: number, valueBytes: number): OutgoingRecord {
  return { topic: 't', partition, key: null, value: 'x'.repeat(valueBytes), timestampMs: 1 };
}

function bytesOf(send: readonly OutgoingRecord[], partition: number): number {
  const mine = send.filter((record) => record.partition === partition);
  return mine.reduce((sum, { value }) => sum + 40 + (value?.length ?? 0), 0);
}

describe(splitSends.name, () => {
  it('leaves together what fits', () => {
    const records = [recordOf(0, 400), recordOf(1, 400), recordOf(2, 400)];
    assert.deepEqual(splitSends(records, BYTES_MAX), [records]);
    assert.deepEqual(splitSends([], BYTES_MAX), []);
  });

  it('sends alone what is too large by itself', () => {
    const records = [recordOf(0, 10), recordOf(0, 900), recordOf(0, 10)];
    assert.deepEqual(
      splitSends(records, BYTES_MAX),
      records.map((record) => [record]),
    );
  });

  it('keeps the order, loses nothing, and gives no partition too much', () => {
    const records = fc.array(
      fc.record({ partition: fc.nat({ max: 2 }), bytes: fc.nat({ max: 460 }) }),
    );
    fc.assert(
      fc.property(records, (facts) => {
        const all = facts.map(({ partition, bytes }) => recordOf(partition, bytes));
        const sends = splitSends(all, BYTES_MAX);
        assert.deepEqual(sends.flat(), all);
        for (const send of sends) {
          assert.ok(send.length > 0);
          for (const partition of [0, 1, 2]) assert.ok(bytesOf(send, partition) <= BYTES_MAX);
        }
      }),
    );
  });
});
