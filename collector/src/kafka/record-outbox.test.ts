import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';
import { RecordOutbox, type OutboxListener, type OutboxSettings } from './record-outbox.ts';

const SETTINGS: OutboxSettings = {
  batchRecordsMax: 10,
  batchPartitionBytesMax: 100_000,
  lingerMs: 1,
  bytesMax: 10_000,
  retry: { initialMs: 1, maxMs: 2, factor: 2 },
};

/** A producer whose sends end when the test says so. */
class HeldProducer implements RecordProducer {
  readonly sends: { values: string[]; end: PromiseWithResolvers<undefined> }[] = [];

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    const end = Promise.withResolvers<undefined>();
    this.sends.push({ values: records.map(({ value }) => String(value)), end });
    await end.promise;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async nextSend(
    count: number,
  ): Promise<{ values: string[]; end: PromiseWithResolvers<undefined> }> {
    while (this.sends.length < count) await turn();
    return this.sends[count - 1]!;
  }
}

function newOutbox(settings: Partial<OutboxSettings> = {}): {
  outbox: RecordOutbox;
  producer: HeldProducer;
  told: string[];
} {
  const producer = new HeldProducer();
  const told: string[] = [];
  const listener: OutboxListener = {
    onSent: (records) => told.push(`sent ${records.length}`),
    onSendFailed: () => told.push('failed'),
    onFull: () => told.push('full'),
    onDrained: () => told.push('drained'),
    onSpooling: () => told.push('spooling'),
    onDirect: () => told.push('direct'),
    onSpoolRefused: ({ reason }) => told.push(reason),
  };
  const outbox = new RecordOutbox({
    producer,
    settings: { ...SETTINGS, ...settings },
    listener,
    spoolUse: null,
  });
  return { outbox, producer, told };
}

function record(value: string): OutgoingRecord {
  return { topic: 't', partition: 0, key: null, value, timestampMs: 0 };
}

function putMany(outbox: RecordOutbox, from: number, count: number): string[] {
  const values = Array.from({ length: count }, (_, i) => String(from + i));
  for (const value of values) outbox.put(record(value));
  return values;
}

describe('RecordOutbox', () => {
  it('has one send out at a time and keeps the order', async () => {
    const { outbox, producer } = newOutbox();
    const values = [...putMany(outbox, 0, 1), ...putMany(outbox, 1, 34)];
    for (let count = 1; outbox.depth.records > 0; count += 1) {
      const { end } = await producer.nextSend(count);
      await turn();
      assert.equal(producer.sends.length, count);
      end.resolve(undefined);
      await turn();
    }
    await outbox.flushed();
    assert.deepEqual(
      producer.sends.flatMap((send) => send.values),
      values,
    );
    assert.ok(producer.sends.every((send) => send.values.length <= SETTINGS.batchRecordsMax));
  });

  it('sends no more bytes of one partition at once than a broker takes', async () => {
    const { outbox, producer } = newOutbox({
      batchPartitionBytesMax: 350,
      batchRecordsMax: 100,
      bytesMax: 100_000,
    });
    const values = putMany(outbox, 0, 9);
    for (let partition = 1; partition < 9; partition += 1) {
      outbox.put({ ...record(`p${partition}`), partition });
    }
    for (let count = 1; outbox.depth.records > 0; count += 1) {
      (await producer.nextSend(count)).end.resolve(undefined);
      await turn();
    }
    // A record of one byte costs 101: three fit.
    const ofFirst = producer.sends.map((send) => send.values.filter((v) => !v.startsWith('p')));
    assert.deepEqual(ofFirst.flat(), values);
    assert.ok(ofFirst.every((sent) => sent.length <= 3));
    assert.equal(producer.sends.length, 3);
  });

  it('sends a failed batch again, as it was, before anything else', async () => {
    const { outbox, producer, told } = newOutbox();
    const values = putMany(outbox, 0, 12);
    const first = await producer.nextSend(1);
    first.end.reject(new Error('broker away'));
    const again = await producer.nextSend(2);
    assert.deepEqual(again.values, first.values);
    assert.equal(outbox.isFailing, true);
    again.end.resolve(undefined);
    (await producer.nextSend(3)).end.resolve(undefined);
    await outbox.flushed();
    assert.equal(outbox.isFailing, false);
    assert.deepEqual(
      producer.sends.slice(1).flatMap((send) => send.values),
      values,
    );
    assert.equal(told[0], 'failed');
  });

  it('calls for a stop at its bound and lets reading go on at half of it', async () => {
    const { outbox, producer, told } = newOutbox({ bytesMax: 3_000 });
    putMany(outbox, 0, 25);
    assert.deepEqual(told, []);
    putMany(outbox, 25, 10);
    assert.deepEqual(told, ['full']);
    for (let count = 1; outbox.depth.records > 0; count += 1) {
      (await producer.nextSend(count)).end.resolve(undefined);
      await turn();
      await turn();
    }
    assert.deepEqual(outbox.depth, { records: 0, bytes: 0 });
    assert.deepEqual(
      told.filter((event) => event !== 'sent 10'),
      ['full', 'drained', 'sent 5'],
    );
  });

  it('ends, with what waits given up, when it is closed while Kafka is away', async () => {
    const { outbox, producer } = newOutbox({
      retry: { initialMs: 60_000, maxMs: 60_000, factor: 1 },
    });
    putMany(outbox, 0, 3);
    (await producer.nextSend(1)).end.reject(new Error('broker away'));
    const flushed = outbox.flushed();
    await turn();
    outbox.close();
    await flushed;
    assert.equal(producer.sends.length, 1);
    assert.equal(outbox.depth.records, 3);
  });
});
