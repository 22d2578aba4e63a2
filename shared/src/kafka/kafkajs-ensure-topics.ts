/** Makes the topics that are missing, and looks at those that are there. */
import type { Admin, ITopicConfig } from 'kafkajs';
import { CrestError } from '../errors.ts';
import { onceSettled } from './kafkajs-settle.ts';
import type { TopicSettings } from './port.ts';

export type TopicAdmin = Pick<
  Admin,
  'listTopics' | 'createTopics' | 'fetchTopicMetadata' | 'fetchTopicOffsets'
>;

/**
 * Resolves when every topic has leaders, and those of a topic just made know that they lead: one
 * that does not know refuses what is sent to it, and the client then repeats the whole request. The
 * client's own wait for leaders fails where a broker that it happens to ask has not heard of the
 * topic yet, which is the rule with three brokers.
 * @throws CrestError KAFKA_TOPIC_MISMATCH when a topic has another number of partitions.
 */
export async function ensureTopics(
  admin: TopicAdmin,
  topics: readonly TopicSettings[],
): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) {
    await admin.createTopics({ topics: missing.map(asTopicConfig), waitForLeaders: false });
  }
  const names = topics.map(({ name }) => name);
  const { topics: found } = await onceSettled(() => admin.fetchTopicMetadata({ topics: names }));
  for (const { name, partitions } of found) {
    const wanted = topics.find((topic) => topic.name === name)?.partitions;
    if (wanted === undefined || partitions.length === wanted) continue;
    throw new CrestError(
      'KAFKA_TOPIC_MISMATCH',
      `topic ${name} has ${partitions.length} partitions, wanted ${wanted}`,
    );
  }
  await Promise.all(missing.map(({ name }) => untilLed(admin, name)));
}

// Only a leader says where a partition ends. A cluster that cannot be asked yet (the client fails in
// its own way where it has heard of no leader) is no reason to stop: what is refused is sent again.
async function untilLed(admin: TopicAdmin, topic: string): Promise<void> {
  await onceSettled(() => admin.fetchTopicOffsets(topic)).catch(() => undefined);
}

function asTopicConfig(topic: TopicSettings): ITopicConfig {
  return {
    topic: topic.name,
    numPartitions: topic.partitions,
    replicationFactor: topic.replicationFactor,
    configEntries: Object.entries(topic.config).map(([name, value]) => ({ name, value })),
  };
}
