/**
 * The Kafka port in memory: one object is one cluster. It keeps what the real thing promises
 * (order within a partition, groups that share partitions, explicit commits) and nothing more, and
 * passes the same conformance suite. For tests and simulations; delivery is driven by microtasks.
 */
import { CrestError } from '../errors.ts';
import type {
  ConsumedRecord,
  GroupConsumer,
  GroupConsumerOptions,
  Kafka,
  KafkaAdmin,
  OutgoingRecord,
  TopicSettings,
} from './port.ts';
import { assignSticky } from './sticky-assignment.ts';

const BATCH_RECORDS_MAX = 500;

interface Log {
  readonly records: ConsumedRecord[];
}

/** A cluster whose logs live in this object. */
export class MemoryCluster implements Kafka {
  readonly #logs = new Map<string, Log[]>();
  readonly #groups = new Map<string, MemoryGroup>();

  producer(): ReturnType<Kafka['producer']> {
    return Promise.resolve({
      send: (records) => this.#append(records),
      close: () => Promise.resolve(),
    });
  }

  async consumer(options: GroupConsumerOptions): Promise<GroupConsumer> {
    const group = this.#groups.get(options.groupId) ?? new MemoryGroup(this);
    this.#groups.set(options.groupId, group);
    const member = new MemoryMember(this, group, options);
    await Promise.resolve();
    group.join(member);
    return member;
  }

  admin(): Promise<KafkaAdmin> {
    return Promise.resolve({
      ensureTopics: async (topics) => {
        for (const topic of topics) this.#ensure(topic);
      },
      endOffsets: (topic) => Promise.resolve(this.logs(topic).map(({ records }) => records.length)),
      committedOffsets: (groupId, topic) => {
        const committed = this.#groups.get(groupId)?.committed;
        const offsets = this.logs(topic).map((_, p) => committed?.get(`${topic}/${p}`) ?? null);
        return Promise.resolve(offsets);
      },
      membersOf: (groupId) => Promise.resolve(this.#groups.get(groupId)?.size ?? 0),
      close: () => Promise.resolve(),
    });
  }

  readToEnd(
    topic: string,
    partitions: readonly number[],
    onRecord: (partition: number, record: ConsumedRecord) => void,
  ): Promise<void> {
    for (const partition of partitions) {
      for (const record of this.log(topic, partition).records) onRecord(partition, record);
    }
    return Promise.resolve();
  }

  /** The partitions of a topic. @throws CrestError KAFKA_UNAVAILABLE for an unknown one. */
  logs(topic: string): Log[] {
    const logs = this.#logs.get(topic);
    if (logs === undefined) throw new CrestError('KAFKA_UNAVAILABLE', `no topic ${topic}`);
    return logs;
  }

  log(topic: string, partition: number): Log {
    const log = this.logs(topic)[partition];
    if (log === undefined) {
      throw new CrestError('KAFKA_UNAVAILABLE', `no partition ${partition} of ${topic}`);
    }
    return log;
  }

  #ensure({ name, partitions }: TopicSettings): void {
    const found = this.#logs.get(name);
    if (found !== undefined && found.length !== partitions) {
      throw new CrestError('KAFKA_TOPIC_MISMATCH', `topic ${name} has ${found.length} partitions`);
    }
    if (found === undefined) {
      this.#logs.set(
        name,
        Array.from({ length: partitions }, () => ({ records: [] })),
      );
    }
  }

  async #append(records: readonly OutgoingRecord[]): Promise<void> {
    for (const { topic, partition, key, value, timestampMs } of records) {
      const log = this.log(topic, partition).records;
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      log.push({ offset: log.length, key, value: bytes, timestampMs });
    }
    for (const group of this.#groups.values()) group.wake();
  }
}

/** Members that share the partitions of their topics, and the offsets that they committed. */
class MemoryGroup {
  readonly committed = new Map<string, number>();
  readonly #cluster: MemoryCluster;
  #members: MemoryMember[] = [];
  #joins = 0;

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
  }

  get size(): number {
    return this.#members.length;
  }

  join(member: MemoryMember): void {
    this.#joins += 1;
    member.id = `member-${String(this.#joins).padStart(4, '0')}`;
    this.#members.push(member);
    this.#rebalance();
  }

  leave(member: MemoryMember): void {
    this.#members = this.#members.filter((other) => other !== member);
    this.#rebalance();
  }

  wake(): void {
    for (const member of this.#members) member.wake();
  }

  #rebalance(): void {
    const topics = [...new Set(this.#members.flatMap(({ topics: mine }) => mine))];
    const counts = new Map(topics.map((topic) => [topic, this.#cluster.logs(topic).length]));
    const claims = this.#members.map((member) => ({ memberId: member.id, held: member.held() }));
    const shares = assignSticky(claims, Math.max(0, ...counts.values()));
    for (const member of this.#members) {
      const mine = shares.get(member.id) ?? [];
      const held = topics.map((topic): [string, number[]] => [
        topic,
        mine.filter((p) => p < (counts.get(topic) ?? 0)),
      ]);
      member.assign(new Map(held));
    }
  }
}

class MemoryMember implements GroupConsumer {
  id = '';
  readonly topics: readonly string[];
  readonly #cluster: MemoryCluster;
  readonly #group: MemoryGroup;
  readonly #options: GroupConsumerOptions;
  readonly #paused = new Set<string>();
  readonly #busy = new Map<string, Promise<void>>();
  #held = new Map<string, readonly number[]>();
  #positions = new Map<string, number>();
  #moves = new Map<string, number>();
  #closed = false;

  constructor(cluster: MemoryCluster, group: MemoryGroup, options: GroupConsumerOptions) {
    this.#cluster = cluster;
    this.#group = group;
    this.#options = options;
    this.topics = options.topics;
  }

  held(): number[] {
    return [...new Set([...this.#held.values()].flat())];
  }

  assign(held: Map<string, readonly number[]>): void {
    const before = this.#held;
    this.#held = held;
    // As in the real client, whatever was not committed is delivered again after a rebalance.
    this.#positions = new Map();
    for (const [topic, partitions] of held) {
      for (const partition of partitions) {
        const key = `${topic}/${partition}`;
        const anew = this.#options.fromStart && before.get(topic)?.includes(partition) !== true;
        this.#positions.set(key, anew ? 0 : (this.#group.committed.get(key) ?? 0));
        this.#moved(key);
      }
    }
    this.#options.onAssigned(held);
    this.wake();
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#positions.set(`${topic}/${partition}`, offset);
    this.#moved(`${topic}/${partition}`);
    this.wake();
  }

  commit(
    offsets: readonly { topic: string; partition: number; nextOffset: number }[],
  ): Promise<void> {
    for (const { topic, partition, nextOffset } of offsets) {
      this.#group.committed.set(`${topic}/${partition}`, nextOffset);
    }
    return Promise.resolve();
  }

  pause(topic: string, partition: number): void {
    this.#paused.add(`${topic}/${partition}`);
  }

  resume(topic: string, partition: number): void {
    this.#paused.delete(`${topic}/${partition}`);
    this.wake();
  }

  silentMs(): number {
    return 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#busy.values());
    this.#group.leave(this);
  }

  wake(): void {
    for (const [topic, partitions] of this.#held) {
      for (const partition of partitions) this.#pump(topic, partition);
    }
  }

  #moved(key: string): void {
    this.#moves.set(key, (this.#moves.get(key) ?? 0) + 1);
  }

  #pump(topic: string, partition: number): void {
    const key = `${topic}/${partition}`;
    if (this.#busy.has(key) || !this.#hasMore(topic, partition)) return;
    const work = Promise.resolve()
      .then(() => this.#drain(topic, partition))
      .finally(() => {
        this.#busy.delete(key);
        this.#pump(topic, partition);
      });
    this.#busy.set(key, work);
  }

  #hasMore(topic: string, partition: number): boolean {
    const key = `${topic}/${partition}`;
    const position = this.#positions.get(key);
    if (this.#closed || this.#paused.has(key) || position === undefined) return false;
    return position < this.#cluster.log(topic, partition).records.length;
  }

  async #drain(topic: string, partition: number): Promise<void> {
    const key = `${topic}/${partition}`;
    while (this.#hasMore(topic, partition)) {
      const position = this.#positions.get(key) ?? 0;
      const log = this.#cluster.log(topic, partition).records;
      const records = log.slice(position, position + BATCH_RECORDS_MAX);
      const move = this.#moves.get(key);
      const isStale = (): boolean => this.#closed || this.#moves.get(key) !== move;
      const batch = { topic, partition, records, endOffset: log.length };
      try {
        await this.#options.onBatch(batch, { heartbeat: () => Promise.resolve(), isStale });
        if (!isStale()) this.#positions.set(key, position + records.length);
      } catch {
        // Delivered again, as the port says; a turn of the loop keeps a broken handler from spinning.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
}
