import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { encodeRecords, readRecords, type ReadOutcome } from './spool-record.ts';

const outgoing: fc.Arbitrary<OutgoingRecord> = fc.record(
  {
    topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    partition: fc.nat({ max: 1023 }),
    key: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 })),
    value: fc.option(fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes))),
    timestampMs: fc.nat(2 ** 45),
  },
  { noNullPrototype: true },
);
const some = fc.array(outgoing, { minLength: 1, maxLength: 12 });

function readAll(bytes: Buffer): ReadOutcome {
  return readRecords({ bytes, isEnd: true, index: 0, recordsMax: Infinity });
}

describe('readRecords', () => {
  it('gives back what encodeRecords was given', () => {
    fc.assert(
      fc.property(some, (records) => {
        const bytes = encodeRecords(records, 0);
        const read = readAll(bytes);
        assert.deepEqual(read.records, records);
        assert.deepEqual([read.consumed, read.readableEnd], [bytes.length, bytes.length]);
        assert.deepEqual([read.nextIndex, read.corrupt], [records.length, 0]);
      }),
    );
  });

  it('takes text for a value and gives its bytes', () => {
    const record = { topic: 't', partition: 1, key: 'k', value: 'é👋', timestampMs: 5 };
    const [read] = readAll(encodeRecords([record], 0)).records;
    assert.deepEqual(read, { ...record, value: Buffer.from('é👋') });
  });

  it('reads the same through windows of any size', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 200 }), (records, size) => {
        const bytes = encodeRecords(records, 0);
        const read: OutgoingRecord[] = [];
        let [at, index, window] = [0, 0, size];
        while (at < bytes.length) {
          const isEnd = at + window >= bytes.length;
          const part = readRecords({
            bytes: bytes.subarray(at, at + window),
            isEnd,
            index,
            recordsMax: 3,
          });
          assert.equal(part.corrupt, 0);
          read.push(...part.records);
          window = part.consumed === 0 ? window * 2 : size;
          at += part.consumed;
          index = part.nextIndex;
        }
        assert.deepEqual(read, records);
      }),
    );
  });

  it('loses by a flipped bit, wherever it is, the record that it is in and counts one', () => {
    fc.assert(
      fc.property(some, fc.nat(), fc.nat({ max: 7 }), (records, place, bit) => {
        const bytes = encodeRecords(records, 0);
        const at = place % bytes.length;
        const ends = records.map((_, i) => encodeRecords(records.slice(0, i + 1), 0).length);
        const hit = ends.findIndex((end) => at < end);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const read = readAll(bytes);
        assert.deepEqual(read.records, records.toSpliced(hit, 1));
        assert.deepEqual([read.corrupt, read.nextIndex], [1, records.length]);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws and never invents a record, whatever the bytes', () => {
    fc.assert(
      fc.property(some, fc.uint8Array({ maxLength: 100 }), fc.nat(), (records, noise, place) => {
        const bytes = encodeRecords(records, 0);
        const at = place % bytes.length;
        const damaged = Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
        const read = readAll(damaged);
        assert.equal(read.consumed, damaged.length);
        for (const record of read.records) {
          assert.ok(records.some((each) => JSON.stringify(each) === JSON.stringify(record)));
        }
        assert.ok(read.records.length >= records.length - 1);
      }),
    );
  });

  it('shows where the last readable record of a torn tail ends', () => {
    fc.assert(
      fc.property(some, fc.nat(), (records, place) => {
        const bytes = encodeRecords(records, 0);
        const cut = bytes.subarray(0, place % bytes.length);
        const read = readAll(cut);
        assert.deepEqual(read.records, records.slice(0, read.records.length));
        assert.equal(
          read.readableEnd,
          encodeRecords(records.slice(0, read.records.length), 0).length,
        );
      }),
    );
  });
});
