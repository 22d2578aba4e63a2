/** What every implementation of the Kafka port must do: the same tests for the real one and the one in memory. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CrestError } from '../src/errors.ts';
import type {
  ConsumedRecord,
  GroupConsumerOptions,
  Kafka,
  OutgoingRecord,
} from '../src/kafka/port.ts';

const PARTITIONS = 4;

export interface ConformanceSubject {
  kafka: Kafka;
  /** A name that nothing else uses. */
  uniqueName: (stem: string) => string;
}

export function describeKafkaPort(name: string, subject: () => ConformanceSubject): void {
  describe(`Kafka port: ${name}`, () => {
    const closers: (() => Promise<void>)[] = [];
    after(async () => {
      for (const close of closers.reverse()) await close();
    });

    async function newTopic(): Promise<string> {
      const { kafka, uniqueName } = subject();
      const topic = uniqueName('topic');
      const admin = await kafka.admin();
      closers.push(() => admin.close());
      await admin.ensureTopics([settingsOf(topic)]);
      return topic;
    }

    async function produce(records: readonly OutgoingRecord[]): Promise<void> {
      const producer = await subject().kafka.producer();
      await producer.send(records);
      await producer.close();
    }

    async function join(
      options: Partial<GroupConsumerOptions> & Pick<GroupConsumerOptions, 'topics' | 'groupId'>,
    ) {
      const held: ReadonlyMap<string, readonly number[]>[] = [];
      const seen: (ConsumedRecord & { partition: number })[] = [];
      const consumer = await subject().kafka.consumer({
        assignor: 'sticky',
        maxWaitMs: 50,
        fromStart: false,
        onAssigned: (now) => held.push(now),
        onBatch: ({ partition, records }) => {
          seen.push(...records.map((record) => ({ ...record, partition })));
          return Promise.resolve();
        },
        onFailed: (error) => assert.fail(error),
        ...options,
      });
      let closed = false;
      const close = async (): Promise<void> => {
        if (closed) return;
        closed = true;
        await consumer.close();
      };
      closers.push(close);
      return { consumer, seen, heldNow: () => held.at(-1), close };
    }

    it('sends more at once than a broker takes in one batch', async () => {
      const topic = await newTopic();
      const value = 'x'.repeat(1_000);
      const sent = Array.from({ length: 3_000 }, (_, i) => recordOf(topic, 0, `${i}-${value}`));
      await produce(sent);
      const { seen } = await join({ topics: [topic], groupId: subject().uniqueName('group') });
      await until(() => seen.length === sent.length);
      assert.deepEqual(
        seen.map((record) => String(record.value)),
        sent.map((record) => record.value),
      );
    });

    it('delivers each partition in the order in which it was sent', async () => {
      const topic = await newTopic();
      const records = Array.from({ length: 200 }, (_, i) =>
        recordOf(topic, i % PARTITIONS, `${i}`),
      );
      const { seen } = await join({ topics: [topic], groupId: subject().uniqueName('group') });
      await produce(records);
      // A topic that was just made may refuse a part of the first send: all of it is then repeated.
      await until(() => new Set(seen.map(({ value }) => Number(value))).size === 200);
      for (let p = 0; p < PARTITIONS; p += 1) {
        const mine = seen.filter(({ partition }) => partition === p);
        assert.deepEqual(
          [...new Set(mine.map(({ value }) => Number(value)))],
          records.flatMap((record, i) => (record.partition === p ? [i] : [])),
        );
        assert.deepEqual(
          mine.map(({ offset }) => offset),
          mine.map((_, i) => i),
        );
      }
    });

    it('keeps the order of sends that were not awaited', async () => {
      const topic = await newTopic();
      const producer = await subject().kafka.producer();
      const sends = Array.from({ length: 30 }, (_, i) =>
        producer.send([recordOf(topic, 0, `${i}`)]),
      );
      await Promise.all(sends);
      await producer.close();
      const values: number[] = [];
      await subject().kafka.readToEnd(topic, [0], (_, { value }) => values.push(Number(value)));
      assert.deepEqual(
        values,
        Array.from({ length: 30 }, (_, i) => i),
      );
    });

    it('carries keys, tombstones and the time of the record', async () => {
      const topic = await newTopic();
      await produce([
        { topic, partition: 1, key: 'a', value: null, timestampMs: 1_700_000_000_123 },
      ]);
      const seen: ConsumedRecord[] = [];
      await subject().kafka.readToEnd(topic, [0, 1, 2, 3], (_, record) => seen.push(record));
      assert.deepEqual(seen, [
        { offset: 0, key: 'a', value: null, timestampMs: 1_700_000_000_123 },
      ]);
    });

    it('goes on after the committed offset, and before it delivers again', async () => {
      const topic = await newTopic();
      const groupId = subject().uniqueName('group');
      await produce(['a', 'b', 'c'].map((value) => recordOf(topic, 2, value)));
      const first = await join({ topics: [topic], groupId });
      await until(() => first.seen.length === 3);
      await first.consumer.commit([{ topic, partition: 2, nextOffset: 1 }]);
      await first.close();
      const second = await join({ topics: [topic], groupId });
      await until(() => second.seen.length === 2);
      assert.deepEqual(
        second.seen.map(({ value }) => String(value)),
        ['b', 'c'],
      );
      const admin = await subject().kafka.admin();
      closers.push(() => admin.close());
      assert.deepEqual(await admin.committedOffsets(groupId, topic), [null, null, 1, null]);
      assert.deepEqual(await admin.endOffsets(topic), [0, 0, 3, 0]);
      assert.equal(await admin.membersOf(groupId), 1);
      await second.close();
      assert.equal(await admin.membersOf(groupId), 0);
    });

    it('seeks, and calls stale the batch that was being handled', async () => {
      const topic = await newTopic();
      await produce(['a', 'b', 'c'].map((value) => recordOf(topic, 0, value)));
      const values: string[] = [];
      let sought = false;
      const { consumer } = await join({
        topics: [topic],
        groupId: subject().uniqueName('group'),
        onBatch: async ({ records, partition }, { isStale }) => {
          if (!sought) {
            await until(() => ready.done);
            consumer.seek(topic, partition, 2);
            sought = true;
            assert.ok(isStale());
            return;
          }
          values.push(...records.map(({ value }) => String(value)));
        },
      });
      ready.done = true;
      await until(() => values.length > 0);
      assert.deepEqual(values, ['c']);
    });

    it('delivers a batch again when its handler fails', async () => {
      const topic = await newTopic();
      await produce([recordOf(topic, 0, 'a')]);
      let tries = 0;
      await join({
        topics: [topic],
        groupId: subject().uniqueName('group'),
        onBatch: () => {
          tries += 1;
          return tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
        },
      });
      await until(() => tries === 3);
    });

    it('shares partitions among members and moves only what it must', async () => {
      const topic = await newTopic();
      const groupId = subject().uniqueName('group');
      const one = await join({ topics: [topic], groupId });
      await until(() => one.heldNow()?.get(topic)?.length === PARTITIONS);
      const two = await join({ topics: [topic], groupId });
      await until(() => one.heldNow()?.get(topic)?.length === 2);
      await until(() => two.heldNow()?.get(topic)?.length === 2);
      const both = [...(one.heldNow()?.get(topic) ?? []), ...(two.heldNow()?.get(topic) ?? [])];
      assert.deepEqual(
        both.sort((a, b) => a - b),
        [0, 1, 2, 3],
      );
      await two.close();
      await until(() => one.heldNow()?.get(topic)?.length === PARTITIONS);
    });

    it('gives partition p of every topic to the same member', async () => {
      const topics = [await newTopic(), await newTopic()];
      const groupId = subject().uniqueName('group');
      const one = await join({ topics, groupId, assignor: 'copartitioned' });
      const two = await join({ topics, groupId, assignor: 'copartitioned' });
      const [a, b] = topics as [string, string];
      await until(() => [one, two].every(({ heldNow }) => heldNow()?.get(a)?.length === 2));
      for (const { heldNow } of [one, two]) {
        assert.deepEqual(heldNow()?.get(a), heldNow()?.get(b));
      }
    });

    it('reads newly held partitions from the start where that is asked', async () => {
      const topic = await newTopic();
      const groupId = subject().uniqueName('group');
      await produce([recordOf(topic, 0, 'a'), recordOf(topic, 0, 'b')]);
      const first = await join({ topics: [topic], groupId });
      await until(() => first.seen.length === 2);
      await first.consumer.commit([{ topic, partition: 0, nextOffset: 2 }]);
      await first.close();
      const second = await join({ topics: [topic], groupId, fromStart: true });
      await until(() => second.seen.length === 2);
    });

    it('pauses and resumes a partition', async () => {
      const topic = await newTopic();
      const { consumer, seen } = await join({
        topics: [topic],
        groupId: subject().uniqueName('group'),
      });
      await produce([recordOf(topic, 0, 'before')]);
      await until(() => seen.length === 1);
      consumer.pause(topic, 0);
      await produce([recordOf(topic, 0, 'paused'), recordOf(topic, 1, 'other')]);
      await until(() => seen.some(({ partition }) => partition === 1));
      consumer.resume(topic, 0);
      await until(() => seen.length === 3);
    });

    it('knows that the brokers answer, also where there is nothing to read', async () => {
      const topic = await newTopic();
      const { consumer } = await join({ topics: [topic], groupId: subject().uniqueName('group') });
      const joinedAtMs = performance.now();
      await until(() => performance.now() - joinedAtMs > consumer.silentMs() + 500);
      assert.ok(consumer.silentMs() < 5_000);
    });

    it('refuses a topic that has another number of partitions', async () => {
      const topic = await newTopic();
      const admin = await subject().kafka.admin();
      closers.push(() => admin.close());
      await assert.rejects(
        admin.ensureTopics([{ ...settingsOf(topic), partitions: PARTITIONS + 1 }]),
        (error: CrestError) => error.code === 'KAFKA_TOPIC_MISMATCH',
      );
    });
  });
}

const ready = { done: false };

function settingsOf(name: string) {
  return { name, partitions: PARTITIONS, replicationFactor: 1, config: {} };
}

function recordOf(topic: string, partition: number, value: string): OutgoingRecord {
  return { topic, partition, key: null, value, timestampMs: 1_700_000_000_000 };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) assert.fail(`not within 20 s: ${condition.toString()}`);
    await delay(10);
  }
}
