import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OutgoingRecord } from './port.ts';
import { groupSends, type PartitionSend } from './group-sends.ts';

const BYTES_MAX = 500;

function recordOf(partition: number, valueBytes: number, topic = 't'): OutgoingRecord {
  return { topic, partition, key: null, value: Buffer.alloc(valueBytes), timestampMs: 1 };
}

function bytesOf({ records }: PartitionSend): number {
  return records.reduce((sum, { value }) => sum + 40 + (value?.length ?? 0), 0);
}

describe(groupSends.name, () => {
  it('sends together what fits, one batch for each partition of each topic', () => {
    const records = [recordOf(0, 100), recordOf(1, 400), recordOf(0, 100), recordOf(0, 9, 'u')];
    const [first, other, again, elsewhere] = records;
    assert.deepEqual(groupSends(records, BYTES_MAX), [
      [
        { topic: 't', partition: 0, records: [first, again] },
        { topic: 't', partition: 1, records: [other] },
        { topic: 'u', partition: 0, records: [elsewhere] },
      ],
    ]);
    assert.deepEqual(groupSends([], BYTES_MAX), []);
  });

  it('sends alone what is too large by itself', () => {
    const records = [recordOf(0, 10), recordOf(0, 900), recordOf(0, 10)];
    assert.deepEqual(
      groupSends(records, BYTES_MAX),
      records.map((record) => [{ topic: 't', partition: 0, records: [record] }]),
    );
  });

  it('takes a text for as long as it can be', () => {
    const text = { ...recordOf(0, 0), value: '…'.repeat(100) };
    assert.equal(groupSends([text, text], BYTES_MAX).length, 2);
  });

  it('keeps the order of each partition, loses nothing, and gives none too much', () => {
    const records = fc.array(
      fc.record({ partition: fc.nat({ max: 2 }), bytes: fc.nat({ max: 460 }) }),
    );
    fc.assert(
      fc.property(records, (facts) => {
        const all = facts.map(({ partition, bytes }) => recordOf(partition, bytes));
        const sends = groupSends(all, BYTES_MAX).flat();
        for (const partition of [0, 1, 2]) {
          const mine = sends.filter((send) => send.partition === partition);
          assert.deepEqual(
            mine.flatMap((send) => send.records),
            all.filter((record) => record.partition === partition),
          );
          for (const send of mine) assert.ok(bytesOf(send) <= BYTES_MAX);
        }
      }),
    );
  });

  it('needs as few sends as its fullest partition', () => {
    const records = [recordOf(0, 400), recordOf(0, 400), recordOf(1, 10), recordOf(1, 10)];
    assert.deepEqual(
      groupSends(records, BYTES_MAX).map((send) => send.length),
      [2, 1],
    );
  });
});
