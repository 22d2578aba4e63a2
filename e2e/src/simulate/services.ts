/**
 * The production parts of a processor and of an alerter, put together as their `app.ts` does, over
 * the simulated outside. What is left out is HTTP, signals and the connecting of real clients.
 */
import { parseAlerterConfig } from '@crest/alerter/config';
import { createMetrics as alerterMetrics } from '@crest/alerter/metrics';
import { wire as wireAlerter } from '@crest/alerter/wiring';
import { parseProcessorConfig } from '@crest/processor/config';
import type { DetectorSettings } from '@crest/processor/core/detector';
import { createEvents } from '@crest/processor/events';
import { InFlight } from '@crest/processor/in-flight';
import { createMetrics as processorMetrics } from '@crest/processor/metrics';
import { PartitionDesk } from '@crest/processor/partition-desk';
import { collectionsOf } from '@crest/processor/store/collections';
import { createIndexes } from '@crest/processor/store/indexes';
import { joinGroup, startTimers, writersOf } from '@crest/processor/wiring';
import type {
  ConsumedRecord,
  GroupConsumer,
  GroupConsumerOptions,
  Kafka,
  RecordProducer,
} from '@crest/shared/kafka/port';
import type { Logger } from '@crest/shared/logger';
import { topicNames } from '@crest/shared/topics';
import { LoadPace } from '@crest/shared/kafka/load-pace';
import type { Db } from 'mongodb';
import { Registry } from 'prom-client';
import type { SimKafka } from './sim-kafka.ts';
import type { SimSns } from './sim-sns.ts';
import type { SimStore } from './sim-store.ts';
import type { Host, VirtualTime } from './virtual-time.ts';
import type { Wire } from './wire.ts';
import { PARTITIONS } from './world.ts';

export const TOPICS = topicNames('');
export const GROUPS = { processor: 'crest-processor', alerter: 'crest-alerter' } as const;
export const LATENESS_MS = 2_000;

/** A detector that needs seconds where the real one needs minutes; the same code. */
export const DETECTOR: DetectorSettings = {
  windowSeconds: 5,
  baselineSeconds: 20,
  warmUpSeconds: 10,
  baselineObservedSecondsMin: 5,
  baselinePerSecondMin: 0.05,
  messagesMin: 5,
  threshold: 2,
  raisedSecondsMax: 8,
  coolDownSeconds: 6,
};

const SERVERS = { CREST_KAFKA_BROKERS: 'simulated', CREST_MONGODB_URL: 'mongodb://simulated' };

const PROCESSOR = {
  ...parseProcessorConfig({
    ...SERVERS,
    CREST_KAFKA_PARTITIONS: String(PARTITIONS),
    CREST_TIME_LATENESS_MS: String(LATENESS_MS),
    CREST_TIME_DEDUPE_HORIZON_MS: '60000',
    CREST_UPDATES_EARLY_INTERVAL_MS: '1200',
    CREST_STATE_SNAPSHOT_INTERVAL_MS: '600',
    CREST_STATE_IN_FLIGHT_RECORDS_MAX: '100',
    CREST_STATE_FENCED_RETRY_MS: '1500',
    CREST_STORE_BATCH_MESSAGES_MAX: '8',
  }),
};

const ALERTER = {
  ...parseAlerterConfig({
    ...SERVERS,
    CREST_KAFKA_PARTITIONS: String(PARTITIONS),
    CREST_KAFKA_SESSION_TIMEOUT_MS: '1500',
    CREST_OUTBOX_SENDS_IN_FLIGHT_MAX: '3',
    CREST_OUTBOX_LEASE_MS: '3000',
    CREST_RULES_REFRESH_MS: '2000',
    CREST_SNAPSHOT_INTERVAL_MS: '600',
  }),
};

const PROCESSOR_METRICS = processorMetrics(new Registry());
const ALERTER_METRICS = alerterMetrics(new Registry());

/** What a record looks like when it is handed over. */
export type Handover = (record: ConsumedRecord) => ConsumedRecord;

/** Ports wrapped on purpose; see mutations.ts. */
export interface Mutation {
  readonly db?: (db: Db) => Db;
  readonly producer?: (producer: RecordProducer) => RecordProducer;
  /** Made anew for each process. */
  readonly handover?: () => Handover;
}

/** What a process stands on. */
export interface Outside {
  readonly kafka: SimKafka;
  readonly store: SimStore;
  readonly sns: SimSns;
  readonly wire: Wire;
  readonly time: VirtualTime;
  readonly mutation: Mutation;
  /** Hears what services log, and from whom. */
  readonly heard: (host: Host, message: string, facts: unknown) => void;
  /** A service said that it cannot go on. */
  readonly failed: (host: Host, error: Error) => void;
}

/** Starts a process; resolves when it runs to what stops it in good order. */
export type StartService = (host: Host, outside: Outside) => Promise<() => Promise<void>>;

/** Starts a processor. */
export const startProcessor: StartService = async (host, outside) => {
  const { time } = outside;
  const log = logOf(host, outside);
  const events = createEvents(PROCESSOR_METRICS, log);
  const fail = (error: Error): void => outside.failed(host, error);
  const nowMs = (): number => time.nowMs;
  const collections = collectionsOf(databaseOf(host, outside));
  await createIndexes(collections);
  const abandoned = new AbortController();
  const { signal } = abandoned;
  const producer = producerOf(host, outside);
  const writers = writersOf(PROCESSOR, { collections, producer, events, nowMs, signal });
  let consumer: GroupConsumer | null = null;
  const desk = new PartitionDesk({
    fencedRetryMs: PROCESSOR['state.fencedRetryMs'],
    worker: {
      collections,
      writers,
      events,
      nowMs,
      fail,
      consumer: () => {
        if (consumer === null) throw new Error('the group has not answered yet');
        return consumer;
      },
      topics: TOPICS,
      groupId: GROUPS.processor,
      earlyPace: new LoadPace({
        calmMs: PROCESSOR['updates.earlyIntervalMs'],
        busyMs: PROCESSOR['updates.earlyIntervalMs'],
        busyRecordsPerSecond: Infinity,
      }),
      inFlightRecordsMax: PROCESSOR['state.inFlightRecordsMax'],
      inFlight: new InFlight(PROCESSOR['state.inFlightTotalMax']),
      textRetentionMs: PROCESSOR['store.textRetentionMs'],
      fold: {
        latenessMs: PROCESSOR['time.latenessMs'],
        dedupeHorizonMs: PROCESSOR['time.dedupeHorizonMs'],
        detector: DETECTOR,
      },
    },
  });
  const member = await joinGroup(PROCESSOR, { kafka: kafkaOf(host, outside), desk, fail });
  consumer = member;
  const stopTimers = startTimers(PROCESSOR, desk);
  return async () => {
    stopTimers();
    await desk.stop();
    await member.close();
    desk.dropAll();
    abandoned.abort(new Error('stopped'));
    await producer.close();
  };
};

/** Starts an alerter. */
export const startAlerter: StartService = async (host, outside) => {
  const { time } = outside;
  const fail = (error: Error): void => outside.failed(host, error);
  const { store, sender, rules, partitions } = wireAlerter({
    config: ALERTER,
    db: databaseOf(host, outside),
    producer: producerOf(host, outside),
    notifier: outside.sns.connect(host, outside.wire),
    topics: TOPICS,
    metrics: ALERTER_METRICS,
    log: logOf(host, outside),
    nowMs: () => time.nowMs,
    random: Math.random,
    owner: host.name,
    fail,
  });
  await store.ensureIndexes();
  sender.start();
  await rules.start();
  const consumer = await kafkaOf(host, outside).consumer({
    groupId: GROUPS.alerter,
    topics: [TOPICS.channelWindows, TOPICS.channelSpikes],
    assignor: 'copartitioned',
    maxWaitMs: 250,
    fromStart: false,
    onAssigned: (held) => partitions.assigned(held),
    onBatch: (batch, control) => partitions.handle(batch, control),
    onFailed: fail,
  });
  partitions.attach(consumer);
  return async () => {
    await partitions.stop();
    await consumer.close();
    await rules.stop();
    await sender.stop();
  };
};

function databaseOf(host: Host, { store, wire, mutation }: Outside): Db {
  const db = store.connect(host, wire);
  return mutation.db?.(db) ?? db;
}

function producerOf(host: Host, { kafka, wire, mutation }: Outside): RecordProducer {
  const producer = kafka.producer(host, wire);
  return mutation.producer?.(producer) ?? producer;
}

function kafkaOf(host: Host, { kafka, wire, mutation }: Outside): Kafka {
  const handover = mutation.handover?.();
  const consumer = (options: GroupConsumerOptions): Promise<GroupConsumer> => {
    if (handover === undefined) return kafka.join(options, host, wire);
    const onBatch: GroupConsumerOptions['onBatch'] = (batch, control) =>
      options.onBatch({ ...batch, records: batch.records.map(handover) }, control);
    return kafka.join({ ...options, onBatch }, host, wire);
  };
  return { consumer } as Kafka;
}

function logOf(host: Host, { heard }: Outside): Logger {
  const hear = (facts: unknown, message?: string): void => {
    if (message === undefined) heard(host, String(facts), {});
    else heard(host, message, facts);
  };
  const log = { info: hear, warn: hear, error: hear, debug: () => undefined };
  return { ...log, child: () => log } as unknown as Logger;
}
