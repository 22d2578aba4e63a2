/** A broker and a database with names of their own, and processors that work on them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { OutgoingRecord, RecordProducer, Kafka } from '@crest/shared/kafka/port';
import { createLogger } from '@crest/shared/logger';
import { openDatabase, type Database } from '@crest/shared/mongo';
import { partitionForKey } from '@crest/shared/partition';
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import { topicNames, type TopicId, type TopicNames } from '@crest/shared/topics';
import { testKafkaBrokers, testMongoUrl, uniqueName } from '@crest/shared/testing/test-servers';
import { createApp, type ProcessorApp } from '../../src/app.ts';
import { parseProcessorConfig } from '../../src/config.ts';
import { ensureTopics } from '@crest/shared/ensure-topics';
import { collectionsOf, type Collections } from '../../src/store/collections.ts';
import type { TenDocument } from '../../src/store/window-documents.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const WAIT_MS = 60_000;

/** One test's own corner of the servers. */
export class Stage implements AsyncDisposable {
  readonly partitions: number;
  readonly topics: TopicNames;
  readonly kafka: Kafka;
  readonly database: Database;
  readonly collections: Collections;
  readonly #producer: RecordProducer;
  readonly #prefix: string;
  readonly #cleanups = new AsyncDisposableStack();

  private constructor(parts: {
    partitions: number;
    prefix: string;
    kafka: Kafka;
    producer: RecordProducer;
    database: Database;
  }) {
    this.partitions = parts.partitions;
    this.topics = topicNames(parts.prefix);
    this.kafka = parts.kafka;
    this.database = parts.database;
    this.collections = collectionsOf(parts.database.db);
    this.#producer = parts.producer;
    this.#prefix = parts.prefix;
  }

  static async open(name: string, partitions = 2): Promise<Stage> {
    const prefix = `${uniqueName(name)}.`;
    const log = createLogger('test', 'silent');
    const kafka = createKafka({
      brokers: [testKafkaBrokers()],
      clientId: 'test',
      sessionTimeoutMs: 6_000,
      log,
    });
    await ensureTopics(kafka, { prefix, partitions, replicationFactor: 1 });
    const producer = await kafka.producer();
    const database = await openDatabase({ url: testMongoUrl(), database: prefix.replace('.', '') });
    return new Stage({ partitions, prefix, kafka, producer, database });
  }

  /** The environment of a processor on this stage. */
  env(extra: Record<string, string> = {}): Record<string, string> {
    return {
      CREST_KAFKA_BROKERS: testKafkaBrokers(),
      CREST_KAFKA_TOPIC_PREFIX: this.#prefix,
      CREST_KAFKA_PARTITIONS: String(this.partitions),
      CREST_MONGODB_URL: testMongoUrl(),
      CREST_MONGODB_DATABASE: this.database.db.databaseName,
      CREST_LOG_LEVEL: 'error',
      CREST_STATE_SNAPSHOT_INTERVAL_MS: '500',
      ...extra,
    };
  }

  /** A processor in this process; stopped at the end of the test at the latest. */
  async processor(extra: Record<string, string> = {}): Promise<ProcessorApp> {
    const config = parseProcessorConfig(this.env(extra));
    const app = createApp(config, { log: createLogger('processor', config['log.level']) });
    this.#cleanups.defer(() => app.stop().catch(() => undefined));
    await app.start();
    return app;
  }

  /** A processor as a process of its own, so that it can be killed. */
  processorProcess(extra: Record<string, string> = {}): ChildProcess {
    const env = { ...process.env, ...this.env(extra) };
    for (const name of Object.keys(env)) if (name.startsWith('CREST_TEST_')) delete env[name];
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    this.#cleanups.defer(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    });
    return child;
  }

  partitionOf(channelId: string): number {
    return partitionForKey(channelId, this.partitions);
  }

  /** Writes records to `channel.events`: those of a channel to its partition, others to all. */
  async write(events: readonly ChannelEvent[]): Promise<void> {
    const records = events.flatMap((event) => {
      if ('channelId' in event) return [this.#record(event, this.partitionOf(event.channelId))];
      if (event.type === 'tick') return [this.#record(event, event.partition)];
      return Array.from({ length: this.partitions }, (_, p) => this.#record(event, p));
    });
    for (let i = 0; i < records.length; i += 1_000) {
      await this.#producer.send(records.slice(i, i + 1_000));
    }
  }

  /** Writes anything to a partition of `channel.events`. */
  async writeRaw(partition: number, value: string): Promise<void> {
    const topic = this.topics.channelEvents;
    await this.#producer.send([{ topic, partition, key: null, value, timestampMs: Date.now() }]);
  }

  /** Everything in a topic, as JSON, each partition in its order. */
  async read<T>(topic: TopicId): Promise<T[]> {
    const values: T[] = [];
    const count = topic === 'deadLetters' ? 1 : this.partitions;
    const all = Array.from({ length: count }, (_, p) => p);
    await this.kafka.readToEnd(this.topics[topic], all, (_, { value }) => {
      values.push(JSON.parse(value?.toString() ?? 'null') as T);
    });
    return values;
  }

  /** Lines that the store shows to whoever asks. */
  linesStored(): Promise<number> {
    return this.database.db.collection('messages').countDocuments({});
  }

  /** The document of ten seconds; null while there is none. */
  async ten(channelId: string, startMs: number): Promise<TenDocument | null> {
    const found = await this.collections.windows10s.findOne({ _id: `${channelId}:${startMs}` });
    return found as unknown as TenDocument | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups.disposeAsync();
    await this.#producer.close();
    await this.database.db.dropDatabase();
    await this.database.close();
  }

  #record(event: ChannelEvent, partition: number): OutgoingRecord {
    const key = 'channelId' in event ? event.channelId : null;
    const value = JSON.stringify(event);
    return { topic: this.topics.channelEvents, partition, key, value, timestampMs: Date.now() };
  }
}

/** Waits until `attempt` no longer throws and gives what it gave. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
