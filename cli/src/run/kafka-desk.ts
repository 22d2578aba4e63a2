/** What the command itself does in Kafka: topics, wanted channels, and how far readers are. */
import { ensureTopics } from '@crest/shared/ensure-topics';
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { Kafka, KafkaAdmin, OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';
import { createLogger } from '@crest/shared/logger';
import { partitionForKey } from '@crest/shared/partition';
import { channelWanted, wantedKey } from '@crest/shared/records/channel-wanted';
import { topicNames, type TopicNames } from '@crest/shared/topics';

export interface KafkaPlace {
  readonly brokers: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  /** Brokers that keep a record; default 1. */
  readonly replicas?: number;
}

/** A channel by login; its id where it is known. */
export interface Channel {
  readonly id: string | null;
  readonly login: string;
}

const SESSION_TIMEOUT_MS = 6_000;

/** One connection to Kafka, opened when first needed. */
export class KafkaDesk {
  readonly #place: KafkaPlace;
  readonly #kafka: Kafka;
  readonly topics: TopicNames;
  #admin: Promise<KafkaAdmin> | undefined;
  #producer: Promise<RecordProducer> | undefined;

  constructor(place: KafkaPlace) {
    this.#place = place;
    this.topics = topicNames(place.topicPrefix);
    this.#kafka = createKafka({
      brokers: place.brokers.split(','),
      clientId: 'crest-cli',
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      log: createLogger('cli', 'silent'),
    });
  }

  /** A cluster of which only the address is known: the topics say how many partitions there are. */
  static async openThere(
    brokers: string,
    topicPrefix: string,
    fallback: number,
  ): Promise<KafkaDesk> {
    const probe = new KafkaDesk({ brokers, topicPrefix, partitions: fallback });
    try {
      const ends = await probe.endOffsets(probe.topics.channelsWanted);
      return new KafkaDesk({ brokers, topicPrefix, partitions: ends.length || fallback });
    } finally {
      await probe.close();
    }
  }

  get kafka(): Kafka {
    return this.#kafka;
  }

  get partitions(): number {
    return this.#place.partitions;
  }

  /** The consumer group of a service. */
  groupOf(service: 'collector' | 'processor' | 'alerter'): string {
    return `${this.#place.topicPrefix}crest-${service}`;
  }

  admin(): Promise<KafkaAdmin> {
    this.#admin ??= this.#kafka.admin();
    return this.#admin;
  }

  /** Creates every topic that is missing. @throws CrestError KAFKA_TOPIC_MISMATCH. */
  async ensureTopics(): Promise<void> {
    const { topicPrefix: prefix, partitions, replicas = 1 } = this.#place;
    await ensureTopics(this.#kafka, { prefix, partitions, replicationFactor: replicas });
  }

  /** Asks for channels to be read. */
  async want(channels: readonly Channel[], wallNowMs: number): Promise<void> {
    await this.send(
      channels.map(({ id, login }) => {
        const wanted = { channelId: id, channelLogin: login };
        const value = channelWanted.encode({ type: 'channel.wanted', version: 1, ...wanted });
        return this.#wantedRecord(wantedKey(wanted), value, wallNowMs);
      }),
    );
  }

  /** Takes wishes back, by the keys under which they stand. */
  async unwant(keys: readonly string[], wallNowMs: number): Promise<void> {
    await this.send(keys.map((key) => this.#wantedRecord(key, null, wallNowMs)));
  }

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.#producer ??= this.#kafka.producer();
    await (await this.#producer).send(records);
  }

  /**
   * Records of the topic that the group has not done, up to `targets` (end offsets); the sum over
   * all partitions. A partition of which the group committed nothing counts whole.
   */
  async behind(groupId: string, topic: string, targets: readonly number[]): Promise<number> {
    const committed = await (await this.admin()).committedOffsets(groupId, topic);
    return targets.reduce(
      (sum, target, partition) => sum + Math.max(0, target - (committed[partition] ?? 0)),
      0,
    );
  }

  async endOffsets(topic: string): Promise<number[]> {
    return (await this.admin()).endOffsets(topic);
  }

  async close(): Promise<void> {
    await (await this.#producer?.catch(() => undefined))?.close();
    await (await this.#admin?.catch(() => undefined))?.close();
  }

  #wantedRecord(key: string, value: string | null, timestampMs: number): OutgoingRecord {
    const partition = partitionForKey(key, this.#place.partitions);
    return { topic: this.topics.channelsWanted, partition, key, value, timestampMs };
  }
}
