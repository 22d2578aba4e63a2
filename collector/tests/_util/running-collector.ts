/** A collector in this process, on a real broker and a topic prefix of its own. */
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { ConsumedRecord, Kafka, RecordProducer } from '@crest/shared/kafka/port';
import { createLogger } from '@crest/shared/logger';
import { partitionForKey } from '@crest/shared/partition';
import { decodeChannelEvent, type ChannelEvent } from '@crest/shared/records/channel-event';
import { channelWanted, wantedKey } from '@crest/shared/records/channel-wanted';
import { deadLetter, type DeadLetter } from '@crest/shared/records/dead-letter';
import { parseJson } from '@crest/shared/records/record';
import { testKafkaBrokers, uniqueName } from '@crest/shared/testing/test-servers';
import { topicNames, type TopicNames } from '@crest/shared/topics';
import { type CollectorApp, createApp } from '../../src/app.ts';
import { parseCollectorConfig } from '../../src/config.ts';

export const PARTITIONS = 4;

/** The environment of a collector on the tests' broker, quick in all things. */
export function settingsFor(env: Record<string, string>): Record<string, string> {
  return {
    CREST_KAFKA_BROKERS: testKafkaBrokers(),
    CREST_KAFKA_PARTITIONS: String(PARTITIONS),
    CREST_TICK_INTERVAL_MS: '100',
    CREST_DELIVERY_ALLOWANCE_MS: '0',
    CREST_TWITCH_CONNECTION_INTERVAL_MS: '10',
    CREST_TWITCH_JOINS_PER10S: '1000',
    ...env,
  };
}

/** A record of `channel.events` with its place. */
export interface Logged {
  readonly partition: number;
  readonly offset: number;
  readonly event: ChannelEvent;
}

export class RunningCollector {
  readonly app: CollectorApp;
  readonly kafka: Kafka;
  readonly topics: TopicNames;
  readonly #producer: RecordProducer;

  private constructor(app: CollectorApp, kafka: Kafka, own: [TopicNames, RecordProducer]) {
    this.app = app;
    this.kafka = kafka;
    [this.topics, this.#producer] = own;
  }

  /** Starts it; settings by the names of their variables. */
  static async start(
    env: Record<string, string>,
    wrap: (kafka: Kafka) => Kafka = (kafka) => kafka,
  ): Promise<RunningCollector> {
    const prefix = env['CREST_KAFKA_TOPIC_PREFIX'] ?? `${uniqueName('collector')}.`;
    const log = createLogger('collector-test', process.env['CREST_TEST_LOG_LEVEL'] ?? 'silent');
    const config = parseCollectorConfig(settingsFor({ ...env, CREST_KAFKA_TOPIC_PREFIX: prefix }));
    const kafka = createKafka({
      brokers: config['kafka.brokers'],
      clientId: 'collector-test',
      sessionTimeoutMs: 6000,
      log,
    });
    const app = createApp(config, { log, kafka: wrap(kafka) });
    await app.start();
    return new RunningCollector(app, kafka, [topicNames(prefix), await kafka.producer()]);
  }

  /** Says that a channel is to be read; by its login alone where `id` is null. */
  async want(login: string, id: string | null): Promise<void> {
    const wanted = {
      type: 'channel.wanted',
      version: 1,
      channelId: id,
      channelLogin: login,
    } as const;
    const key = wantedKey(wanted);
    await this.#write(key, channelWanted.encode(wanted));
  }

  async unwant(key: string): Promise<void> {
    await this.#write(key, null);
  }

  /** What `channel.events` holds now, by partition and offset. */
  async events(): Promise<Logged[]> {
    const logged: Logged[] = [];
    await this.#read(this.topics.channelEvents, range(PARTITIONS), (partition, record) => {
      const decoded = decodeChannelEvent(record.value);
      if (!decoded.ok) throw new Error(decoded.reason);
      logged.push({ partition, offset: record.offset, event: decoded.value });
    });
    return logged.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  }

  /** Those of one type, in the order of each partition. */
  async eventsOf<T extends ChannelEvent['type']>(
    type: T,
  ): Promise<Extract<ChannelEvent, { type: T }>[]> {
    const events = await this.events();
    return events
      .map(({ event }) => event)
      .filter((event): event is Extract<ChannelEvent, { type: T }> => event.type === type);
  }

  async deadLetters(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    await this.#read(this.topics.deadLetters, [0], (_, { value }) => {
      const json = parseJson(value);
      const decoded = json.ok ? deadLetter.decode(json.value) : json;
      if (!decoded.ok) throw new Error(decoded.reason);
      letters.push(decoded.value);
    });
    return letters;
  }

  /** Values by key of a compacted topic, as they stand. */
  async table(topic: string): Promise<Map<string, unknown>> {
    const table = new Map<string, unknown>();
    await this.#read(topic, range(PARTITIONS), (_, { key, value }) => {
      table.set(key ?? '', value === null ? null : JSON.parse(value.toString()));
    });
    return table;
  }

  /** The value of a metric, with its labels as Prometheus writes them. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.app.httpPort()}/metrics`);
    const line = (await response.text()).split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.split(' ').at(-1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.stop();
    await this.#producer.close();
  }

  /** Reads whole partitions. A topic just made may have no leader yet: then once more. */
  async #read(
    topic: string,
    partitions: readonly number[],
    onRecord: (partition: number, record: ConsumedRecord) => void,
  ): Promise<void> {
    const read: [number, ConsumedRecord][] = [];
    await until(`${topic} can be read`, async () => {
      read.length = 0;
      try {
        await this.kafka.readToEnd(topic, partitions, (partition, record) => {
          read.push([partition, record]);
        });
        return true;
      } catch (error) {
        if ((error as { retriable?: boolean }).retriable !== true) throw error;
        return false;
      }
    });
    for (const [partition, record] of read) onRecord(partition, record);
  }

  async #write(key: string, value: string | null): Promise<void> {
    await this.#producer.send([
      {
        topic: this.topics.channelsWanted,
        partition: partitionForKey(key, PARTITIONS),
        key,
        value,
        timestampMs: Date.now(),
      },
    ]);
  }
}

/** Asks until the answer is yes; the test fails when it takes too long. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
