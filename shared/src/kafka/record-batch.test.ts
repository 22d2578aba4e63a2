import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ConsumedRecord } from './port.ts';
import { batchBytesMax, type BatchRecord, writeRecordBatch } from './record-batch-writer.ts';
import { readRecords, recordSetOf } from './record-set-reader.ts';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown;
const decodeByClient = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: unknown,
) => Promise<{ records: ClientRecord[] }>;
const crcOfClient = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

interface ClientRecord {
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  timestamp: string;
}

const part = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);
const batchRecords: fc.Arbitrary<BatchRecord[]> = fc.array(
  fc.record({
    key: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 })),
    value: part,
    timestampMs: fc.nat(4_102_444_800_000),
  }),
  { minLength: 1, maxLength: 20 },
);

function expected(records: readonly BatchRecord[], firstOffset: number): ConsumedRecord[] {
  return records.map(({ key, value, timestampMs }, i) => ({
    offset: firstOffset + i,
    key: key === null ? null : Buffer.from(key).toString(),
    value: typeof value === 'string' ? Buffer.from(value) : value,
    timestampMs,
  }));
}

/** The batch by itself, written somewhere within a larger buffer. */
function batchOf(records: readonly BatchRecord[]): Buffer {
  const before = 3;
  const bytes = Buffer.alloc(before + batchBytesMax(records), 0xee);
  return bytes.subarray(before, writeRecordBatch(bytes, before, records));
}

/** What a broker does to a batch that it takes. */
function storedAt(batch: Buffer, firstOffset: number): Buffer {
  const stored = Buffer.from(batch);
  stored.writeBigInt64BE(BigInt(firstOffset), 0);
  return stored;
}

describe(writeRecordBatch.name, () => {
  it('writes what the client reads', async () => {
    await fc.assert(
      fc.asyncProperty(batchRecords, async (records) => {
        const batch = batchOf(records);
        const decoded = await decodeByClient(new Decoder(batch));
        const seen = decoded.records.map(({ offset, key, value, timestamp }) => ({
          offset: Number(offset),
          key: key?.toString() ?? null,
          value,
          timestampMs: Number(timestamp),
        }));
        assert.deepEqual(seen, expected(records, 0));
        assert.equal(batch.readUInt32BE(17), crcOfClient(batch.subarray(21)) >>> 0);
        assert.equal(batch.readInt32BE(8), batch.length - 12);
      }),
    );
  });
});

describe(readRecords.name, () => {
  it('reads batches one behind the other, from any offset on', () => {
    const first = fc.nat(2 ** 40);
    fc.assert(
      fc.property(batchRecords, batchRecords, first, fc.nat(40), (one, two, offset, skip) => {
        const bytes = Buffer.concat([
          storedAt(batchOf(one), offset),
          storedAt(batchOf(two), offset + one.length),
        ]);
        const set = recordSetOf(bytes);
        assert.ok(set !== null && set !== 'empty');
        assert.equal(set.lastOffset, offset + one.length + two.length - 1);
        const all = expected([...one, ...two], offset);
        assert.deepEqual(readRecords(set, offset + skip), all.slice(skip));
      }),
    );
  });

  it('takes the time of a topic that stamps what is appended', () => {
    const batch = batchOf([{ key: null, value: 'a', timestampMs: 1 }]);
    batch.writeInt16BE(0b1000, 21);
    batch.writeBigInt64BE(77n, 35);
    const set = recordSetOf(batch);
    assert.ok(set !== null && set !== 'empty');
    assert.equal(readRecords(set, 0)[0]?.timestampMs, 77);
  });

  it('skips headers', () => {
    // Length 12: attributes, time, offset, key -1, value "v", one header "h": "x".
    const record = [24, 0, 0, 0, 1, 2, 118, 2, 2, 104, 2, 120, 0];
    const batch = batchOf([{ key: null, value: null, timestampMs: 5 }]);
    const bytes = Buffer.concat([batch.subarray(0, 61), Buffer.from(record)]);
    bytes.writeInt32BE(bytes.length - 12, 8);
    bytes.writeInt32BE(1, 57);
    const set = recordSetOf(bytes);
    assert.ok(set !== null && set !== 'empty');
    assert.deepEqual(readRecords(set, 0), [
      { offset: 0, key: null, value: Buffer.from('v'), timestampMs: 5 },
    ]);
  });
});

describe(recordSetOf.name, () => {
  const batch = batchOf([{ key: 'k', value: 'v', timestampMs: 1 }]);

  it('leaves out a batch that was cut off', () => {
    const bytes = Buffer.concat([batch, storedAt(batch, 1)]).subarray(0, -1);
    assert.deepEqual(recordSetOf(bytes), { bytes: batch, lastOffset: 0 });
    for (const length of [0, 1, 60, 61, batch.length - 1]) {
      assert.equal(recordSetOf(batch.subarray(0, length)), 'empty');
    }
  });

  for (const [what, attributes] of [
    ['compressed', 0b1],
    ['of a transaction', 0b1_0000],
    ['a control batch', 0b10_0000],
  ] as const) {
    it(`leaves to the client what is ${what}`, () => {
      const other = Buffer.from(batch);
      other.writeInt16BE(attributes, 21);
      assert.equal(recordSetOf(other), null);
    });
  }

  it('leaves the format before Kafka 0.11 to the client', () => {
    const old = Buffer.from(batch);
    old[16] = 1;
    assert.equal(recordSetOf(old), null);
  });
});
