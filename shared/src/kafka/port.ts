/**
 * The Kafka edge as the rest of Crest sees it. Two things implement it, `kafkajs.ts` and
 * `memory.ts`, and one suite, `conformance.ts`, says what both must do.
 */
import type { PaceOptions } from './load-pace.ts';

export interface OutgoingRecord {
  readonly topic: string;
  /** Always explicit: a client that chooses afresh on a retry breaks the order of a channel. */
  readonly partition: number;
  readonly key: string | null;
  /** Null is a tombstone in a compacted topic. */
  readonly value: string | Buffer | null;
  /** Wall time, epoch milliseconds: retention goes by it. */
  readonly timestampMs: number;
}

export interface RecordProducer {
  /**
   * Resolves when every record is acknowledged by all in-sync replicas (`acks=-1`).
   *
   * One send is outstanding at a time: calls queue in order, so that the order of a partition is
   * the order of the calls. After a rejection the records may or may not be in the log: send them
   * again (readers drop repeats by id or revision).
   * @throws CrestError KAFKA_UNAVAILABLE after the client's own retries.
   */
  send(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface ProducerOptions {
  /**
   * How long after the last send came back the next one goes out at the earliest: for those who
   * gather while one is under way. Default: at once.
   */
  readonly pace?: PaceOptions;
}

export interface ConsumedRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  /** Wall time at which the producer made it, epoch milliseconds. */
  readonly timestampMs: number;
}

export interface ConsumedBatch {
  readonly topic: string;
  readonly partition: number;
  /** In the order of their offsets, at least one. */
  readonly records: readonly ConsumedRecord[];
  /** Offset that the next record written to the partition will get: lag = this - next offset. */
  readonly endOffset: number;
}

export interface BatchControl {
  /** Tells the group that this member lives; call it in handlers that take more than a second. */
  heartbeat(): Promise<void>;
  /** The partition was taken away meanwhile, or moved by `seek`: what the batch leads to is void. */
  isStale(): boolean;
}

/**
 * A member that has heard nothing for so long has no brokers: fetches and heartbeats are answered
 * several times a second.
 */
export const SILENT_AFTER_MS = 5_000;

export interface GroupConsumer {
  /**
   * Goes to `offset` in a partition that is held; batches from elsewhere are stale from now on.
   */
  seek(topic: string, partition: number, offset: number): void;
  /** Commits the next offset to be read, for each partition. Rejects when the group moved on. */
  commit(
    offsets: readonly { topic: string; partition: number; nextOffset: number }[],
  ): Promise<void>;
  /** Stops fetching from a partition until `resume`: back-pressure. */
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  /** Since when the brokers have not answered this member, wall milliseconds: what readiness asks. */
  silentMs(): number;
  close(): Promise<void>;
}

export interface GroupConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /**
   * `sticky`: members keep the partitions that they hold wherever counts allow it.
   * `copartitioned`: partition p of every topic goes to the same member; sticky as well.
   */
  readonly assignor: 'sticky' | 'copartitioned';
  /** Longest wait for the first byte of a fetch, milliseconds. */
  readonly maxWaitMs: number;
  /**
   * Where more records a second come, fewer and larger fetches are made, each some 65 ms later.
   * Default: never.
   */
  readonly busyRecordsPerSecond?: number;
  /** Read newly acquired partitions from their start instead of the committed offset. */
  readonly fromStart: boolean;
  /**
   * The partitions that this member now holds, complete, by topic; before any batch of them is
   * delivered. Partitions that are gone from it must not be written for any more.
   */
  readonly onAssigned: (held: ReadonlyMap<string, readonly number[]>) => void;
  /**
   * One batch of one partition. Batches of a partition come one after the other, those of
   * different partitions may overlap. Offsets are committed by `commit` alone. When it rejects,
   * the batch is delivered again.
   */
  readonly onBatch: (batch: ConsumedBatch, control: BatchControl) => Promise<void>;
  /** The client gave up: the process should end. */
  readonly onFailed: (error: Error) => void;
}

export interface TopicSettings {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface KafkaAdmin {
  /**
   * Creates what is missing and leaves what is there.
   * @throws CrestError KAFKA_TOPIC_MISMATCH when a topic has another number of partitions.
   */
  ensureTopics(topics: readonly TopicSettings[]): Promise<void>;
  /** The offset that the next record will get, by partition. */
  endOffsets(topic: string): Promise<number[]>;
  /** The next offset that the group will read, by partition; null where it committed none. */
  committedOffsets(groupId: string, topic: string): Promise<(number | null)[]>;
  /** How many members a group has now; 0 for one that nobody is in. */
  membersOf(groupId: string): Promise<number>;
  close(): Promise<void>;
}

/** One cluster, as one service sees it. Everything opened from it is closed by its own `close`. */
export interface Kafka {
  /** Connects. @throws CrestError KAFKA_UNAVAILABLE. */
  producer(options?: ProducerOptions): Promise<RecordProducer>;
  /** Joins the group and starts to deliver. @throws CrestError KAFKA_UNAVAILABLE. */
  consumer(options: GroupConsumerOptions): Promise<GroupConsumer>;
  admin(): Promise<KafkaAdmin>;
  /**
   * Reads a partition from its start to the end that it has now, outside any group, and calls
   * `onRecord` for each: how state in compacted topics is loaded.
   */
  readToEnd(
    topic: string,
    partitions: readonly number[],
    onRecord: (partition: number, record: ConsumedRecord) => void,
  ): Promise<void>;
}
