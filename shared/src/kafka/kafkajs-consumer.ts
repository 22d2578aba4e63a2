/**
 * A group member on kafkajs: explicit commits, sticky partitions, batches of a partition one after
 * the other, and a watchdog for the cases in which the client stops fetching without a word.
 */
import type { Batch, Consumer, EachBatchPayload, Kafka as Client } from 'kafkajs';
import { CrestError } from '../errors.ts';
import { FetchPacer } from './fetch-pacer.ts';
import type { KafkajsOptions } from './kafkajs.ts';
import { stickyAssignor } from './kafkajs-assignor.ts';
import {
  findPredecessors,
  type PredecessorFacts,
  type PredecessorOutcome,
  type Predecessors,
} from './kafkajs-predecessors.ts';
import { Revival } from './kafkajs-revival.ts';
import { hearingOf } from './kafkajs-silence.ts';
import { recordsOf } from './kafkajs-records.ts';
import type { ConsumedBatch, GroupConsumer, GroupConsumerOptions } from './port.ts';

const MAX_BYTES_PER_PARTITION = 1024 * 1024;
const MAX_BYTES = 10 * 1024 * 1024;
// A handler that awaits I/O lets others run; more than this at once only costs memory.
const PARTITIONS_AT_ONCE = 64;
// In a session, twice a second: a member hears with one that its group changes, and everybody waits
// for the last who hears. A third of the session, as is usual, would make each join wait for a second.
const HEARTBEATS = 12;
// Far below what an alert may take; and where much comes, several hundred records to a fetch.
const GATHER_MS = 15;
const GATHER_BUSY_MS = 80;

type ClusterOptions = Pick<
  KafkajsOptions,
  'sessionTimeoutMs' | 'instance' | 'onPredecessor' | 'log'
>;

/** Joins the group, starts to deliver, and resolves once the first assignment is known. */
export async function createGroupConsumer(
  client: Client,
  cluster: ClusterOptions,
  options: GroupConsumerOptions,
): Promise<GroupConsumer> {
  const { sessionTimeoutMs } = cluster;
  const members = new Membership(options);
  const consumer = client.consumer({
    groupId: options.groupId,
    partitionAssigners: [stickyAssignor(`crest-${options.assignor}`, () => members.held())],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: Math.max(30_000, sessionTimeoutMs),
    heartbeatInterval: Math.floor(sessionTimeoutMs / HEARTBEATS),
    allowAutoTopicCreation: false,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    maxBytes: MAX_BYTES,
    minBytes: 1,
    maxWaitTimeInMs: options.maxWaitMs,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 6, restartOnFailure },
  });
  const joined = Promise.withResolvers<undefined>();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    members.assigned(consumer, payload.memberAssignment);
    joined.resolve(undefined);
  });
  const run = (): Promise<void> => start(consumer, members, options);
  const revival = new Revival({ start: run, hasJoined: () => members.epoch > 0 });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart || revival.begins(payload.error)) return;
    // Whoever still waits for the join would wait for ever: `run` does not reject for this.
    joined.reject(cannotJoin(options, payload.error));
    options.onFailed(payload.error);
  });
  joined.promise.catch(() => undefined);
  const hearing = hearingOf(client, consumer, options);
  const predecessors = await predecessorsOf(client, cluster, options);
  void predecessors?.removeOnceJoining(joined.promise);
  await run();
  await joined.promise;
  hearing.watch();
  const close = async (): Promise<void> => {
    hearing.stop();
    revival.stop();
    await consumer.disconnect();
  };
  return { ...portOf(consumer), silentMs: () => hearing.silentMs(), close };
}

async function predecessorsOf(
  client: Client,
  { instance = '', onPredecessor, log }: ClusterOptions,
  { groupId }: GroupConsumerOptions,
): Promise<Predecessors | null> {
  if (instance === '') return null;
  const onOutcome = (outcome: PredecessorOutcome, { error, ...facts }: PredecessorFacts): void => {
    onPredecessor?.(outcome);
    if (outcome === 'removed') log.info(facts, 'what an earlier process left in the group is out');
    else log.warn({ ...facts, err: error }, 'what an earlier process left stays for its session');
  };
  return findPredecessors({ client, clientId: instance, groupId, onOutcome });
}

function cannotJoin({ groupId }: GroupConsumerOptions, cause: unknown): CrestError {
  return new CrestError('KAFKA_UNAVAILABLE', `cannot join group ${groupId}`, { cause });
}

// The client restarts itself after every crash: what ends for good is decided by its owner.
function restartOnFailure(): Promise<boolean> {
  return Promise.resolve(true);
}

async function start(
  consumer: Consumer,
  members: Membership,
  options: GroupConsumerOptions,
): Promise<void> {
  const pacer = new FetchPacer({
    calmMs: GATHER_MS,
    busyMs: GATHER_BUSY_MS,
    busyRecordsPerSecond: options.busyRecordsPerSecond ?? Infinity,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: async (payload) => {
        const found = batchOf(payload.batch);
        const gathered = pacer.answered(found.records.length);
        await deliver(found, payload, members, options);
        await gathered;
      },
    });
  } catch (cause) {
    throw cannotJoin(options, cause);
  }
}

async function deliver(
  found: ConsumedBatch,
  payload: EachBatchPayload,
  members: Membership,
  options: GroupConsumerOptions,
): Promise<void> {
  const { batch } = payload;
  const epoch = members.epoch;
  const isStale = (): boolean =>
    payload.isStale() || (epoch !== members.epoch && !members.holds(batch.topic, batch.partition));
  if (found.records.length > 0 && !isStale()) {
    await options.onBatch(found, { heartbeat: () => payload.heartbeat(), isStale });
  }
  if (!isStale()) payload.resolveOffset(batch.lastOffset());
  await payload.heartbeat();
}

function batchOf(batch: Batch): ConsumedBatch {
  return {
    topic: batch.topic,
    partition: batch.partition,
    endOffset: Number(batch.highWatermark),
    records: recordsOf(batch),
  };
}

function portOf(consumer: Consumer): Omit<GroupConsumer, 'silentMs' | 'close'> {
  return {
    seek: (topic, partition, offset) => consumer.seek({ topic, partition, offset: String(offset) }),
    commit: (offsets) =>
      consumer.commitOffsets(
        offsets.map(({ topic, partition, nextOffset }) => ({
          topic,
          partition,
          offset: String(nextOffset),
        })),
      ),
    pause: (topic, partition) => consumer.pause([{ topic, partitions: [partition] }]),
    resume: (topic, partition) => consumer.resume([{ topic, partitions: [partition] }]),
  };
}

/** Which partitions this member holds, since which join. */
class Membership {
  readonly #options: GroupConsumerOptions;
  #held = new Map<string, readonly number[]>();
  /** Counts joins. */
  epoch = 0;

  constructor(options: GroupConsumerOptions) {
    this.#options = options;
  }

  /** Partition numbers held in any topic: topics are co-partitioned. */
  held(): number[] {
    return [...new Set([...this.#held.values()].flat())].sort((a, b) => a - b);
  }

  holds(topic: string, partition: number): boolean {
    return this.#held.get(topic)?.includes(partition) ?? false;
  }

  assigned(consumer: Consumer, assignment: Record<string, number[]>): void {
    const before = this.#held;
    this.#held = new Map(Object.entries(assignment));
    this.epoch += 1;
    this.#options.onAssigned(this.#held);
    if (!this.#options.fromStart) return;
    for (const [topic, partitions] of this.#held) {
      for (const partition of partitions) {
        if (before.get(topic)?.includes(partition) === true) continue;
        consumer.seek({ topic, partition, offset: '0' });
      }
    }
  }
}
