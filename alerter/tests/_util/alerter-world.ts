/**
 * What an alerter stands in: topics and a database of its own on the servers of the test run, a
 * pretend SNS, and a hand that plays the processor.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Rule, Theme } from '@crest/shared/domain/rule';
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { Kafka, KafkaAdmin, OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';
import { createLogger } from '@crest/shared/logger';
import { openDatabase, type Database } from '@crest/shared/mongo';
import { partitionForKey } from '@crest/shared/partition';
import { counterIdOf } from '@crest/shared/records/counter-wanted';
import { spikeFound } from '@crest/shared/records/spike-found';
import { watermarkMoved, windowsUpdated, type Window } from '@crest/shared/records/windows-updated';
import { testKafkaBrokers, testMongoUrl, uniqueName } from '@crest/shared/testing/test-servers';
import { TOPICS, topicNames, type TopicNames } from '@crest/shared/topics';
import type { InboxEntry } from '../../../simulator/src/inbox/inbox-entry.ts';
import { createSnsServer, type SnsServer } from '../../../simulator/src/sns/server.ts';
import type { OutboxEntry } from '../../src/core/outbox.ts';
import { AlerterProcess } from './alerter-process.ts';

export const PARTITIONS = 2;
const PATIENCE_MS = 30_000;
const NOTHING = {
  chatters: 0,
  emotes: 0,
  length: 0,
  bits: 0,
  subs: 0,
  commands: 0,
  mirrored: 0,
  observedShare: 1,
};

/** Counts of one second of a channel. */
export interface SecondOf {
  readonly second: number;
  readonly messages: number;
  /** Messages by phrase. */
  readonly phrases?: Readonly<Record<string, number>>;
}

interface SnapshotHead {
  _id: string;
  kind: string;
  epoch: number;
  nextOffsets: { topic: string; nextOffset: number }[];
}

export class AlerterWorld implements AsyncDisposable {
  readonly #prefix = `${uniqueName('alerter')}.`;
  readonly #processes: AlerterProcess[] = [];
  #revision = 0;
  readonly topics: TopicNames;
  readonly database: Database;
  readonly sns: SnsServer;
  readonly #kafka: Kafka;
  readonly #producer: RecordProducer;
  readonly #admin: KafkaAdmin;

  private constructor(parts: {
    database: Database;
    sns: SnsServer;
    kafka: Kafka;
    producer: RecordProducer;
    admin: KafkaAdmin;
  }) {
    this.database = parts.database;
    this.sns = parts.sns;
    this.#kafka = parts.kafka;
    this.#producer = parts.producer;
    this.#admin = parts.admin;
    this.topics = topicNames(this.#prefix);
  }

  static async open(): Promise<AlerterWorld> {
    const kafka = createKafka({
      brokers: [testKafkaBrokers()],
      clientId: 'test',
      sessionTimeoutMs: 6_000,
      log: createLogger('test', 'silent'),
    });
    const world = new AlerterWorld({
      database: await openDatabase({ url: testMongoUrl(), database: uniqueName('alerter') }),
      sns: await createSnsServer({ autoConfirm: true, limits: { emailsPerSecondMax: undefined } }),
      kafka,
      producer: await kafka.producer(),
      admin: await kafka.admin(),
    });
    await world.#admin.ensureTopics(
      (['channelEvents', 'channelWindows', 'channelSpikes', 'deadLetters'] as const).map((id) => ({
        name: world.topics[id],
        partitions: id === 'deadLetters' ? 1 : PARTITIONS,
        replicationFactor: 1,
        config: TOPICS[id].config,
      })),
    );
    return world;
  }

  async addRules(...rules: Rule[]): Promise<void> {
    await this.database.db.collection<Rule>('rules').insertMany(rules);
  }

  /** Puts rules in the place of all that there are, in one step for whoever reads them. */
  async replaceRules(...rules: Rule[]): Promise<void> {
    const collection = this.database.db.collection<Rule>('rules');
    await collection.insertMany(rules);
    await collection.deleteMany({ _id: { $nin: rules.map(({ _id }) => _id) } });
  }

  async addThemes(...themes: Theme[]): Promise<void> {
    await this.database.db.collection<Theme>('themes').insertMany(themes);
  }

  /** Starts an alerter and waits until it is ready. */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<AlerterProcess> {
    const port = await freePort();
    const alerter = new AlerterProcess({
      CREST_KAFKA_BROKERS: testKafkaBrokers(),
      CREST_KAFKA_TOPIC_PREFIX: this.#prefix,
      CREST_KAFKA_PARTITIONS: String(PARTITIONS),
      CREST_MONGODB_URL: testMongoUrl(),
      CREST_MONGODB_DATABASE: this.database.db.databaseName,
      CREST_HTTP_PORT: String(port),
      CREST_LOG_LEVEL: 'debug',
      CREST_SNS_ENDPOINT: this.sns.url,
      CREST_RULES_REFRESH_MS: '200',
      CREST_SNAPSHOT_INTERVAL_MS: '300',
      AWS_ACCESS_KEY_ID: 'pretend',
      AWS_SECRET_ACCESS_KEY: 'pretend',
      ...settings,
    });
    this.#processes.push(alerter);
    await until('the alerter is ready', async () => {
      if (alerter.exitCode !== null) throw new Error(JSON.stringify(alerter.lines.at(-1)));
      const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
      return response?.status === 200;
    });
    this.metricsUrl = `http://127.0.0.1:${port}/metrics`;
    return alerter;
  }

  metricsUrl = '';

  /** Writes what the processor would of these seconds, so far. */
  async count(channelId: string, login: string, ...seconds: SecondOf[]): Promise<void> {
    const windows = seconds.map((each) => windowOf(each, false));
    const value = windowsUpdated.encode({
      type: 'windows.updated',
      version: 1,
      channelId,
      channelLogin: login,
      revision: (this.#revision += 1),
      watermarkMs: 0,
      windows,
    });
    await this.#producer.send([this.#record(this.topics.channelWindows, channelId, value)]);
  }

  /** Makes the seconds before `second` final in every partition. */
  async watermark(second: number): Promise<void> {
    await this.#producer.send(
      Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic: this.topics.channelWindows,
        partition,
        key: null,
        timestampMs: Date.now(),
        value: watermarkMoved.encode({
          type: 'watermark.moved',
          version: 1,
          partition,
          revision: (this.#revision += 1),
          watermarkMs: second * 1000,
        }),
      })),
    );
  }

  async spike(channelId: string, login: string, second: number, score: number): Promise<void> {
    const atMs = second * 1000;
    const value = spikeFound.encode({
      type: 'spike.found',
      version: 1,
      channelId,
      channelLogin: login,
      revision: (this.#revision += 1),
      startMs: atMs,
      peakMs: atMs,
      endMs: atMs,
      score,
      messages: 100,
      baselinePerSecond: 1,
    });
    await this.#producer.send([this.#record(this.topics.channelSpikes, channelId, value)]);
  }

  /** Writes any value to a topic under a channel's key. */
  async write(topic: string, key: string, value: string): Promise<void> {
    await this.#producer.send([this.#record(topic, key, value)]);
  }

  /** All values of a topic. */
  async read(topic: string): Promise<string[]> {
    const ends = await this.#admin.endOffsets(topic);
    const values: string[] = [];
    await this.#kafka.readToEnd(topic, [...ends.keys()], (_, { value }) =>
      values.push(value?.toString() ?? ''),
    );
    return values;
  }

  async outbox(): Promise<OutboxEntry[]> {
    return this.database.db
      .collection<OutboxEntry>('outbox')
      .find({})
      .sort({ episodeAtMs: 1 })
      .toArray();
  }

  /** What arrived, oldest first. */
  delivered(): InboxEntry[] {
    return this.sns.inbox
      .find({ destination: undefined, sinceMs: undefined, limit: 5_000 })
      .filter(({ outcome }) => outcome === 'delivered')
      .reverse();
  }

  /** Waits until so many alerts arrived. */
  async untilDelivered(alerts: number): Promise<InboxEntry[]> {
    await until(`${alerts} alerts are delivered`, () => this.delivered().length >= alerts);
    return this.delivered();
  }

  /** Heads of the snapshots by partition: their epoch, and up to where windows are folded. */
  async heads(): Promise<Map<string, { epoch: number; nextOffset: number }>> {
    const heads = await this.database.db
      .collection<SnapshotHead>('alertSnapshots')
      .find({ kind: 'head' })
      .toArray();
    return new Map(
      heads.map(({ _id, epoch, nextOffsets }) => {
        const windows = nextOffsets.find(({ topic }) => topic === this.topics.channelWindows);
        return [_id, { epoch, nextOffset: windows?.nextOffset ?? 0 }];
      }),
    );
  }

  /** Spoils the bytes of every snapshot. */
  async damageSnapshots(): Promise<void> {
    const chunks = this.database.db.collection<{ _id: string; kind: string; body: Buffer }>(
      'alertSnapshots',
    );
    await chunks.updateMany({ kind: 'chunk' }, { $set: { body: Buffer.from('damaged') } });
  }

  /** Waits until everything written so far is folded and saved in a snapshot. */
  async untilSaved(): Promise<void> {
    const ends = await this.#admin.endOffsets(this.topics.channelWindows);
    await until('everything is in snapshots', async () => {
      const heads = await this.heads();
      return ends.every(
        (end, partition) => (heads.get(String(partition))?.nextOffset ?? 0) >= end || end === 0,
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const alerter of this.#processes) await alerter[Symbol.asyncDispose]();
    await this.sns.stop();
    await this.#producer.close();
    await this.#admin.close();
    await this.database.db.dropDatabase();
    await this.database.close();
  }

  #record(topic: string, key: string, value: string): OutgoingRecord {
    const partition = partitionForKey(key, PARTITIONS);
    return { topic, partition, key, value, timestampMs: Date.now() };
  }
}

/** Waits for a condition, looking again and again. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await delay(20);
  }
}

function windowOf({ second, messages, phrases = {} }: SecondOf, final: boolean): Window {
  const counters = Object.entries(phrases).map(([phrase, n]) => [counterIdOf(phrase), n]);
  return {
    spanSeconds: 1,
    startMs: second * 1000,
    final,
    messages,
    ...NOTHING,
    counters: Object.fromEntries(counters) as Record<string, number>,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const listening = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => listening.resolve(undefined));
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
