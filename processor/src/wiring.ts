/** How the parts of the processor are made from its settings. */
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { GroupConsumer, Kafka, RecordProducer } from '@crest/shared/kafka/port';
import { countPredecessors } from '@crest/shared/kafka/predecessor-counter';
import { LoadPace, type PaceOptions } from '@crest/shared/kafka/load-pace';
import type { Logger } from '@crest/shared/logger';
import { openDatabase, type Database } from '@crest/shared/mongo';
import { topicNames } from '@crest/shared/topics';
import type { Registry } from 'prom-client';
import type { ProcessorConfig } from './config.ts';
import { DETECTOR_DEFAULTS } from './core/detector.ts';
import type { ProcessorEvents } from './events.ts';
import type { TopicLayout } from '@crest/shared/ensure-topics';
import { InFlight } from './in-flight.ts';
import { PartitionDesk } from './partition-desk.ts';
import type { Collections } from './store/collections.ts';
import { createWriters, type Writers } from './writers.ts';

/** How often channels are looked through for early updates that are due: a part of the interval. */
const EARLY_LOOKS_PER_INTERVAL = 4;
/** A tick wakes every partition each second anyway; chat should not wait for more. */
const FETCH_WAIT_MS = 50;
/** Lines a second above which fetches are larger and later, and early updates half as many. */
const BUSY_RECORDS_PER_SECOND = 8_000;
/** Updates a second above which they go out in larger sends: 5,000 lines a second make fewer. */
const BUSY_UPDATES_PER_SECOND = 5_000;
/** Partitions answer one fetch one after the other: their records go out together. */
export const PRODUCE_PACE: PaceOptions = {
  calmMs: 10,
  busyMs: 80,
  busyRecordsPerSecond: BUSY_UPDATES_PER_SECOND,
};

export function openStore(config: ProcessorConfig): Promise<Database> {
  return openDatabase({ url: config['mongodb.url'], database: config['mongodb.database'] });
}

export function clusterOf(config: ProcessorConfig, log: Logger, registry: Registry): Kafka {
  return createKafka({
    brokers: config['kafka.brokers'],
    clientId: 'crest-processor',
    instance: config.instance,
    onPredecessor: countPredecessors(registry),
    sessionTimeoutMs: config['kafka.sessionTimeoutMs'],
    log,
  });
}

export function layoutOf(config: ProcessorConfig): TopicLayout {
  return {
    prefix: config['kafka.topicPrefix'],
    partitions: config['kafka.partitions'],
    replicationFactor: config['kafka.replicationFactor'],
  };
}

export interface WriterParts {
  readonly collections: Collections;
  readonly producer: RecordProducer;
  readonly events: ProcessorEvents;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

export function writersOf(config: ProcessorConfig, parts: WriterParts): Writers {
  return createWriters({
    ...parts,
    batchMessagesMax: config['store.batchMessagesMax'],
    textRetentionMs: config['store.textRetentionMs'],
  });
}

export interface DeskParts {
  readonly collections: Collections;
  readonly writers: Writers;
  readonly events: ProcessorEvents;
  readonly nowMs: () => number;
  readonly consumer: () => GroupConsumer;
  readonly fail: (error: Error) => void;
}

export function deskOf(config: ProcessorConfig, parts: DeskParts): PartitionDesk {
  return new PartitionDesk({
    fencedRetryMs: config['state.fencedRetryMs'],
    worker: {
      ...parts,
      topics: topicNames(config['kafka.topicPrefix']),
      groupId: groupIdOf(config),
      earlyPace: new LoadPace({
        calmMs: config['updates.earlyIntervalMs'],
        busyMs: 2 * config['updates.earlyIntervalMs'],
        busyRecordsPerSecond: BUSY_RECORDS_PER_SECOND,
      }),
      inFlightRecordsMax: config['state.inFlightRecordsMax'],
      inFlight: new InFlight(config['state.inFlightTotalMax']),
      textRetentionMs: config['store.textRetentionMs'],
      fold: {
        latenessMs: config['time.latenessMs'],
        dedupeHorizonMs: config['time.dedupeHorizonMs'],
        detector: DETECTOR_DEFAULTS,
      },
    },
  });
}

function groupIdOf(config: ProcessorConfig): string {
  return `${config['kafka.topicPrefix']}crest-processor`;
}

export function joinGroup(
  config: ProcessorConfig,
  { kafka, desk, fail }: { kafka: Kafka; desk: PartitionDesk; fail: (error: Error) => void },
): Promise<GroupConsumer> {
  const topic = topicNames(config['kafka.topicPrefix']).channelEvents;
  return kafka.consumer({
    groupId: groupIdOf(config),
    topics: [topic],
    assignor: 'sticky',
    maxWaitMs: FETCH_WAIT_MS,
    busyRecordsPerSecond: BUSY_RECORDS_PER_SECOND,
    fromStart: false,
    onAssigned: (held) => desk.assign(held.get(topic) ?? []),
    onBatch: (batch, control) => desk.onBatch(batch, control),
    onFailed: fail,
  });
}

/** Tells of open windows and saves states in time; gives what ends that. */
export function startTimers(config: ProcessorConfig, desk: PartitionDesk): () => void {
  const lookMs = config['updates.earlyIntervalMs'] / EARLY_LOOKS_PER_INTERVAL;
  const early = setInterval(() => desk.tellEarly(), lookMs);
  let isSaving = false;
  const saves = setInterval(() => {
    if (isSaving) return;
    isSaving = true;
    void desk.saveAll().finally(() => (isSaving = false));
  }, config['state.snapshotIntervalMs']);
  return () => {
    clearInterval(early);
    clearInterval(saves);
  };
}
