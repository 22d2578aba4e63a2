/** Creates the topics that are missing, so that services can start in any order. */
import type { Kafka } from './kafka/port.ts';
import { TOPICS, topicNames, type TopicId } from './topics.ts';

export interface TopicLayout {
  readonly prefix: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

/** @throws CrestError KAFKA_UNAVAILABLE, KAFKA_TOPIC_MISMATCH. */
export async function ensureTopics(kafka: Kafka, layout: TopicLayout): Promise<void> {
  const names = topicNames(layout.prefix);
  const admin = await kafka.admin();
  try {
    await admin.ensureTopics(
      (Object.keys(TOPICS) as TopicId[]).map((id) => ({
        name: names[id],
        partitions: TOPICS[id].partitions === 'perChannel' ? layout.partitions : 1,
        replicationFactor: layout.replicationFactor,
        config: TOPICS[id].config,
      })),
    );
  } finally {
    await admin.close();
  }
}
