import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CrestError } from '../errors.ts';
import { ensureTopics, type TopicAdmin } from './kafkajs-ensure-topics.ts';

const TOPIC = { name: 'events', partitions: 2, replicationFactor: 3, config: {} };
const notHeard = Object.assign(new Error('This server does not host this topic-partition'), {
  retriable: true,
});

const doesNotLead = Object.assign(new Error('This server is not the leader'), { retriable: true });

/** A cluster that has the topic on so many partitions once it was made and asked for often enough. */
function clusterOf({ failures, partitions }: { failures: number; partitions: number }) {
  const created: string[] = [];
  const ends: string[] = [];
  let asked = 0;
  const admin = {
    listTopics: () => Promise.resolve([]),
    createTopics: ({ topics, waitForLeaders }: Parameters<TopicAdmin['createTopics']>[0]) => {
      assert.equal(waitForLeaders, false);
      created.push(...topics.map(({ topic }) => topic));
      return Promise.resolve(true);
    },
    fetchTopicMetadata: () => {
      asked += 1;
      if (asked <= failures) return Promise.reject(notHeard);
      const found = Array.from({ length: partitions }, () => ({}));
      return Promise.resolve({ topics: [{ name: TOPIC.name, partitions: found }] });
    },
    fetchTopicOffsets: (topic: string) => {
      ends.push(topic);
      if (ends.length <= failures) return Promise.reject(doesNotLead);
      return Promise.resolve([]);
    },
  };
  return { admin: admin as unknown as TopicAdmin, created, ends, asked: () => asked };
}

describe('ensureTopics', () => {
  it('waits until every broker has heard of what it made', async () => {
    const { admin, created, asked } = clusterOf({ failures: 3, partitions: 2 });
    await ensureTopics(admin, [TOPIC]);
    assert.deepEqual(created, ['events']);
    assert.equal(asked(), 4);
  });

  it('waits until leaders know that they lead what it made', async () => {
    const { admin, ends } = clusterOf({ failures: 2, partitions: 2 });
    await ensureTopics(admin, [TOPIC]);
    assert.deepEqual(ends, ['events', 'events', 'events']);
  });

  it('goes on where leaders cannot be asked: what they refuse is sent again', async () => {
    const { admin } = clusterOf({ failures: 0, partitions: 2 });
    const fetchTopicOffsets = () => Promise.reject(new TypeError('no partitions'));
    await ensureTopics({ ...admin, fetchTopicOffsets }, [TOPIC]);
  });

  it('refuses a topic that has another number of partitions', async () => {
    const { admin } = clusterOf({ failures: 0, partitions: 5 });
    await assert.rejects(
      ensureTopics(admin, [TOPIC]),
      (error) => error instanceof CrestError && error.code === 'KAFKA_TOPIC_MISMATCH',
    );
  });
});
