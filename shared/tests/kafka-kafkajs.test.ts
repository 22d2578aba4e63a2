import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createKafka } from '../src/kafka/kafkajs.ts';
import type { GroupConsumerOptions } from '../src/kafka/port.ts';
import { createLogger } from '../src/logger.ts';
import { testKafkaBrokers, uniqueName } from '../src/testing/test-servers.ts';
import { describeKafkaPort } from './kafka-conformance.ts';

const kafka = createKafka({
  brokers: testKafkaBrokers().split(','),
  clientId: 'conformance',
  sessionTimeoutMs: 6_000,
  log: createLogger('conformance', 'silent'),
});

describeKafkaPort('kafkajs and a real broker', () => ({ kafka, uniqueName }));

describe('a topic whose broker compresses', () => {
  it('is read all the same, by the way that the client has for it', async () => {
    const topic = uniqueName('topic');
    const admin = await kafka.admin();
    const config = { 'compression.type': 'gzip' };
    await admin.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1, config }]);
    await admin.close();
    const producer = await kafka.producer();
    const values = Array.from({ length: 50 }, (_, i) => `${i} ${'much the same '.repeat(20)}`);
    await producer.send(
      values.map((value) => ({ topic, partition: 0, key: 'k', value, timestampMs: 5 })),
    );
    await producer.close();
    const seen: string[] = [];
    await kafka.readToEnd(topic, [0], (_, { value }) => seen.push(String(value)));
    assert.deepEqual(seen, values);
  });
});

describe('a producer that gathers', () => {
  it('leaves time between two sends, and none before the first', async () => {
    const topic = uniqueName('topic');
    const admin = await kafka.admin();
    await admin.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
    await admin.close();
    const pace = { calmMs: 200, busyMs: 400, busyRecordsPerSecond: Infinity };
    const producer = await kafka.producer({ pace });
    const record = { topic, partition: 0, key: null, value: 'v', timestampMs: 5 };
    await producer.send([record]);
    const firstMs = performance.now();
    await producer.send([record]);
    assert.ok(performance.now() - firstMs >= 190);
    await producer.close();
  });
});

describe('a member to which much comes', () => {
  it('makes fewer and larger fetches, by the records that it gets', async () => {
    const topic = uniqueName('topic');
    const admin = await kafka.admin();
    await admin.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
    await admin.close();
    const batches = { calm: 0, busy: 0 };
    const reader = (name: keyof typeof batches, busyRecordsPerSecond: number) =>
      kafka.consumer({
        groupId: uniqueName('group'),
        topics: [topic],
        assignor: 'sticky',
        maxWaitMs: 500,
        fromStart: true,
        busyRecordsPerSecond,
        onAssigned: () => undefined,
        onBatch: () => Promise.resolve(void (batches[name] += 1)),
        onFailed: assert.fail,
      });
    const readers = await Promise.all([reader('calm', Infinity), reader('busy', 200)]);
    const producer = await kafka.producer();
    const record = { topic, partition: 0, key: null, value: 'v', timestampMs: 5 };
    // Ten records with each send, so that records and answers are told apart: some 60 answers a second.
    const deadlineMs = performance.now() + 20_000;
    const isPaced = (): boolean => batches.busy >= 20 && batches.busy <= batches.calm / 2;
    try {
      while (!isPaced() && performance.now() < deadlineMs) {
        await producer.send(Array.from({ length: 10 }, () => record));
      }
      assert.ok(isPaced(), JSON.stringify(batches));
    } finally {
      await Promise.all([producer.close(), ...readers.map((one) => one.close())]);
    }
  });
});

describe('a member that a group refuses', () => {
  it('says so instead of waiting for ever', async () => {
    const topic = uniqueName('topic');
    const admin = await kafka.admin();
    await admin.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
    await admin.close();
    const errors: Error[] = [];
    const options: Omit<GroupConsumerOptions, 'assignor'> = {
      groupId: uniqueName('group'),
      topics: [topic],
      maxWaitMs: 50,
      fromStart: false,
      onAssigned: () => undefined,
      onBatch: () => Promise.resolve(),
      onFailed: (error) => errors.push(error),
    };
    const member = await kafka.consumer({ ...options, assignor: 'sticky' });
    try {
      const other = kafka.consumer({ ...options, assignor: 'copartitioned' });
      await assert.rejects(other, { code: 'KAFKA_UNAVAILABLE' });
      assert.equal(errors.length, 1);
    } finally {
      await member.close();
    }
  });
});
