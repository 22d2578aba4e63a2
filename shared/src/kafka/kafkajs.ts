/**
 * The Kafka port on kafkajs 2.2.4. What bites in that client and how it is held is written in
 * docs/adr (Kafka client behind a port); each remedy here names its reason.
 */
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Kafka as Client, type Producer } from 'kafkajs';
import { CrestError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { createGroupConsumer } from './kafkajs-consumer.ts';
import { ensureTopics } from './kafkajs-ensure-topics.ts';
import { applyKafkajsTimerPatch } from './kafkajs-timer-patch.ts';
import { applyKafkajsWirePatch, recordsToSend } from './kafkajs-wire-patch.ts';
import { LoadPace, type PaceOptions } from './load-pace.ts';
import { readToEnd } from './kafkajs-read-to-end.ts';
import { sendAll } from './kafkajs-send-all.ts';
import { onceSettled } from './kafkajs-settle.ts';
import { groupSends, type PartitionSend } from './group-sends.ts';
import type { PredecessorOutcome } from './kafkajs-predecessors.ts';
import type { Kafka, KafkaAdmin, OutgoingRecord, RecordProducer } from './port.ts';

export interface KafkajsOptions {
  brokers: readonly string[];
  /** What brokers call this process, where it has no `instance`. */
  clientId: string;
  /**
   * The name of this process and of no other, the same when it is started again: its client id,
   * by which it takes what an earlier one left out of its groups. Default, and empty: none.
   */
  instance?: string;
  /** Told what came of each predecessor in a group. */
  onPredecessor?: (outcome: PredecessorOutcome) => void;
  /** A member silent for so long loses its partitions, milliseconds. */
  sessionTimeoutMs: number;
  log: Logger;
}

const RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 6 };
const AT_ONCE: PaceOptions = { calmMs: 0, busyMs: 0, busyRecordsPerSecond: Infinity };

/** Opens a cluster. Nothing is connected before the first producer, consumer or admin. */
export function createKafka(options: KafkajsOptions): Kafka {
  applyKafkajsTimerPatch();
  applyKafkajsWirePatch();
  const { instance = '' } = options;
  const client = new kafkajs.Kafka({
    clientId: instance === '' ? options.clientId : instance,
    brokers: [...options.brokers],
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: RETRY,
    logCreator: () => logTo(options.log),
  });
  return {
    producer: ({ pace = AT_ONCE } = {}) => openProducer(client, pace),
    consumer: (consumer) => createGroupConsumer(client, options, consumer),
    admin: () => openAdmin(client),
    readToEnd: (topic, partitions, onRecord) => readToEnd(client, { topic, partitions, onRecord }),
  };
}

function logTo(log: Logger): (entry: kafkajs.LogEntry) => void {
  return ({ level, log: { message, ...facts } }) => {
    const { timestamp: _, ...fields } = facts;
    // What the client calls an error is mostly a retry that it then makes: a lost chance for us.
    if (level <= kafkajs.logLevel.WARN) log.warn(fields, `kafkajs: ${message}`);
    else log.debug(fields, `kafkajs: ${message}`);
  };
}

async function openProducer(client: Client, options: PaceOptions): Promise<RecordProducer> {
  // Not idempotent: with this client that loses acknowledged records as soon as two sends meet
  // (ADR). One send at a time keeps the order; repeats fall out downstream.
  const producer = client.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: RETRY,
  });
  await connected(() => producer.connect());
  const pace = new LoadPace(options);
  let last: Promise<void> = Promise.resolve();
  let lastEndMs = -Infinity;
  const sendInTurn = async (records: readonly OutgoingRecord[]): Promise<void> => {
    const tooEarlyMs = lastEndMs + pace.gatherMs - performance.now();
    if (tooEarlyMs > 0) await delay(tooEarlyMs);
    await sendBatch(producer, records).finally(() => (lastEndMs = performance.now()));
    pace.count(records.length, lastEndMs);
  };
  return {
    send: (records) => {
      const mine = last.then(() => sendInTurn(records));
      last = mine.catch(() => undefined);
      return mine;
    },
    close: () => producer.disconnect(),
  };
}

async function sendBatch(producer: Producer, records: readonly OutgoingRecord[]): Promise<void> {
  try {
    for (const send of groupSends(records)) {
      await sendAll(send, (parts) =>
        producer.sendBatch({ acks: -1, topicMessages: byTopic(parts) }),
      );
    }
  } catch (cause) {
    throw new CrestError('KAFKA_UNAVAILABLE', `${records.length} records not sent`, { cause });
  }
}

/** One pseudo message for each partition: all of its records, which become one batch. */
function byTopic(send: readonly PartitionSend[]): kafkajs.TopicMessages[] {
  const topics = new Map<string, kafkajs.Message[]>();
  for (const { topic, partition, records } of send) {
    const batch = recordsToSend(partition, records);
    const batches = topics.get(topic);
    if (batches === undefined) topics.set(topic, [batch]);
    else batches.push(batch);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

async function openAdmin(client: Client): Promise<KafkaAdmin> {
  const admin = client.admin({ retry: RETRY });
  await connected(() => admin.connect());
  return {
    ensureTopics: (topics) => ensureTopics(admin, topics),
    endOffsets: async (topic) => {
      const offsets = await onceSettled(() => admin.fetchTopicOffsets(topic));
      return inOrder(offsets.map(({ partition, high }) => [partition, Number(high)]));
    },
    committedOffsets: async (groupId, topic) => {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const offsets = found?.partitions ?? [];
      return inOrder(
        offsets.map(({ partition, offset }) => [
          partition,
          offset === '-1' ? null : Number(offset),
        ]),
      );
    },
    membersOf: async (groupId) => {
      const { groups } = await admin.describeGroups([groupId]);
      return groups[0]?.members.length ?? 0;
    },
    close: () => admin.disconnect(),
  };
}

function inOrder<T>(pairs: [number, T][]): T[] {
  return pairs.sort(([a], [b]) => a - b).map(([, value]) => value);
}

async function connected(connect: () => Promise<void>): Promise<void> {
  try {
    await connect();
  } catch (cause) {
    throw new CrestError('KAFKA_UNAVAILABLE', 'cannot connect to any broker', { cause });
  }
}
