/**
 * The alerter as a whole: its parts come up in the order of `start`, read from top to bottom, and
 * go down in the opposite one. `wiring.ts` says who talks to whom.
 *
 * What a crash may repeat: the sends in flight, at most `outbox.sendsInFlightMax`. What it may
 * lose: nothing; episodes are found again from the last snapshot, and what is in the outbox stays
 * there until the provider has it.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { serveHealth } from '@crest/shared/health';
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { GroupConsumer, Kafka } from '@crest/shared/kafka/port';
import { countPredecessors } from '@crest/shared/kafka/predecessor-counter';
import { Lifecycle, type App } from '@crest/shared/lifecycle';
import type { Logger } from '@crest/shared/logger';
import { openDatabase, type Database } from '@crest/shared/mongo';
import { silentServers } from '@crest/shared/silence';
import { topicNames, type TopicNames } from '@crest/shared/topics';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { AlerterConfig } from './config.ts';
import { ensureTopics } from '@crest/shared/ensure-topics';
import { createMetrics } from './metrics.ts';
import type { Notifier, ThemeFollowing } from './notifiers/notifier.ts';
import { SnsNotifier } from './notifiers/sns/sns-notifier.ts';
import { defaultSnsSettings } from './notifiers/sns/sns-settings.ts';
import { wire, type Parts, type Surroundings } from './wiring.ts';

/** What a test may replace. */
export interface AlerterOverrides {
  readonly log: Logger;
  /** Default: the cluster of `kafka.brokers`. */
  readonly kafka?: Kafka;
  /** Default: Amazon SNS, or what stands at `sns.endpoint`. */
  readonly notifier?: Notifier & Partial<ThemeFollowing>;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs?: () => number;
  /** Steady clock, milliseconds since any moment. */
  readonly steadyMs?: () => number;
  /** In [0, 1): jitter. */
  readonly random?: () => number;
}

export interface AlerterApp extends App {
  /** Port of `/metrics`, `/livez` and `/readyz`, once started. */
  httpPort(): number;
  /** Reasons why it is not ready; none when it is. */
  notReady(): readonly string[];
}

/** How often the outbox is counted for the metrics. */
const OUTBOX_COUNT_MS = 5_000;
/** Longest wait of a fetch: new windows wake it at once. */
const FETCH_WAIT_MS = 250;
/** Updates a second above which fetches are larger and later; 5,000 lines a second make fewer. */
const BUSY_RECORDS_PER_SECOND = 5_000;

/** Makes the alerter of a configuration. Nothing happens before `start`. */
export function createApp(config: AlerterConfig, overrides: AlerterOverrides): AlerterApp {
  return new Alerter(config, overrides);
}

class Alerter implements AlerterApp {
  readonly #config: AlerterConfig;
  readonly #overrides: AlerterOverrides;
  readonly #lifecycle: Lifecycle;
  readonly #registry = new Registry();
  readonly #metrics = createMetrics(this.#registry);
  readonly #topics: TopicNames;
  #parts: Parts | undefined;
  #database: Database | undefined;
  #consumer: GroupConsumer | undefined;
  #port = 0;
  #joined = false;

  constructor(config: AlerterConfig, overrides: AlerterOverrides) {
    this.#config = config;
    this.#overrides = overrides;
    this.#lifecycle = new Lifecycle({ timeoutMs: config.shutdownTimeoutMs });
    this.#topics = topicNames(config['kafka.topicPrefix']);
  }

  get failed(): Promise<Error> {
    return this.#lifecycle.failed;
  }

  async start(): Promise<void> {
    try {
      await this.#serve();
      const kafka =
        this.#overrides.kafka ?? clusterOf(this.#config, this.#overrides.log, this.#registry);
      const parts = wire(await this.#surroundings(kafka));
      this.#parts = parts;
      await this.#run(parts);
      await this.#join(parts, kafka);
    } catch (error) {
      await this.stop().catch(() => undefined);
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop();
  }

  httpPort(): number {
    return this.#port;
  }

  notReady(): readonly string[] {
    if (this.#parts === undefined) return ['starting'];
    const { rules, partitions, health } = this.#parts;
    const reasons = rules.missing.map((what) => `${what} are not ready yet`);
    if (!this.#joined) reasons.push('the consumer group is not joined yet');
    if (partitions.loading > 0) reasons.push('partitions are being loaded');
    reasons.push(...silentServers({ consumer: this.#consumer, database: this.#database }));
    if (partitions.rebuilding > 0) reasons.push('lost states are being folded again from the log');
    if (health.isFailing) reasons.push('the outbox does not answer');
    return reasons;
  }

  async #serve(): Promise<void> {
    collectDefaultMetrics({ register: this.#registry });
    const http = await serveHealth({
      host: this.#config['http.host'],
      port: this.#config['http.port'],
      registry: this.#registry,
      notReady: () => this.notReady(),
    });
    this.#port = http.port;
    this.#lifecycle.onStop('http', () => http.close());
  }

  /** Connects to everything outside. */
  async #surroundings(kafka: Kafka): Promise<Surroundings> {
    const config = this.#config;
    const { log, nowMs = Date.now, random = Math.random } = this.#overrides;
    const { steadyMs = () => performance.now() } = this.#overrides;
    const database = await openDatabase({
      url: config['mongodb.url'],
      database: config['mongodb.database'],
    });
    this.#database = database;
    this.#lifecycle.onStop('database', () => database.close());
    await ensureTopics(kafka, {
      prefix: config['kafka.topicPrefix'],
      partitions: config['kafka.partitions'],
      replicationFactor: config['kafka.replicationFactor'],
    });
    const producer = await kafka.producer();
    this.#lifecycle.onStop('producer', () => producer.close());
    const notifier = this.#overrides.notifier ?? snsOf(config, nowMs);
    this.#lifecycle.onStop('notifier', () => notifier.close());
    return {
      config,
      db: database.db,
      producer,
      notifier,
      topics: this.#topics,
      metrics: this.#metrics,
      log,
      nowMs,
      steadyMs,
      random,
      owner: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
      fail: (error) => this.#lifecycle.fail(error),
    };
  }

  /** Sending goes on from where it stopped, before anything new is read. */
  async #run({ store, health, sender, rules, partitions, events }: Parts): Promise<void> {
    await store.ensureIndexes();
    sender.start();
    this.#lifecycle.onStop('sender', () => sender.stop());
    const count = setInterval(() => {
      this.#metrics.tooLate.set(partitions.tooLate);
      this.#metrics.untold.set(partitions.untold);
      health
        .watch(() => store.status())
        .then((status) => events.outboxSeen(status, sender.inFlight), events.outboxFailed);
    }, OUTBOX_COUNT_MS);
    this.#lifecycle.onStop('outbox count', () => clearInterval(count));
    this.#lifecycle.onStop('rules', () => rules.stop());
    await rules.start();
  }

  async #join({ partitions }: Parts, kafka: Kafka): Promise<void> {
    const { channelWindows, channelSpikes } = this.#topics;
    const consumer = await kafka.consumer({
      groupId: `${this.#config['kafka.topicPrefix']}crest-alerter`,
      topics: [channelWindows, channelSpikes],
      assignor: 'copartitioned',
      maxWaitMs: FETCH_WAIT_MS,
      busyRecordsPerSecond: BUSY_RECORDS_PER_SECOND,
      fromStart: false,
      onAssigned: (held) => partitions.assigned(held),
      onBatch: (batch, control) => partitions.handle(batch, control),
      onFailed: (error) => this.#lifecycle.fail(error),
    });
    this.#lifecycle.onStop('consumer', () => consumer.close());
    this.#lifecycle.onStop('partitions', () => partitions.stop());
    this.#consumer = consumer;
    partitions.attach(consumer);
    this.#joined = true;
  }
}

function clusterOf(config: AlerterConfig, log: Logger, registry: Registry): Kafka {
  return createKafka({
    brokers: config['kafka.brokers'],
    clientId: 'crest-alerter',
    instance: config.instance,
    onPredecessor: countPredecessors(registry),
    sessionTimeoutMs: config['kafka.sessionTimeoutMs'],
    log: log.child({ part: 'kafka' }),
  });
}

function snsOf(config: AlerterConfig, nowMs: () => number): Notifier & ThemeFollowing {
  const endpoint = config['sns.endpoint'];
  const maxPrice = config['sns.smsMaxPriceUsd'];
  return new SnsNotifier(
    {
      ...defaultSnsSettings,
      endpoint: endpoint === '' ? undefined : endpoint,
      region: config['sns.region'],
      topicPrefix: config['sns.topicPrefix'],
      connectionTimeoutMs: config['sns.connectionTimeoutMs'],
      requestTimeoutMs: config['sns.requestTimeoutMs'],
      mailsPerSecond: config['sns.mailsPerSecond'],
      smsMaxPriceUsd: maxPrice === 0 ? undefined : maxPrice.toFixed(2),
    },
    nowMs,
  );
}
