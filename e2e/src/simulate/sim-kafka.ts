/**
 * Kafka behind its port, under the scheduler's hand: logs, producers that send one thing after the
 * other over the wire, and groups whose members learn of a new assignment one by one, so that an
 * old holder goes on for a while after the new one has begun.
 */
import { CrestError } from '@crest/shared/errors';
import type {
  BatchControl,
  ConsumedRecord,
  GroupConsumer,
  GroupConsumerOptions,
  OutgoingRecord,
  RecordProducer,
} from '@crest/shared/kafka/port';
import type { Host } from './virtual-time.ts';
import type { Wire } from './wire.ts';

/** The logs of a cluster. */
export class SimKafka {
  readonly groups = new Map<string, SimGroup>();
  readonly #logs = new Map<string, ConsumedRecord[][]>();
  /** Records handed to somebody of a group to which they had been handed before. */
  redelivered = 0;
  readonly #partitions: number;

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  /** The log of a partition. */
  log(topic: string, partition: number): ConsumedRecord[] {
    let logs = this.#logs.get(topic);
    if (logs === undefined) {
      logs = Array.from({ length: this.#partitions }, () => []);
      this.#logs.set(topic, logs);
    }
    const log = logs[partition];
    if (log === undefined) throw new Error(`${topic} has no partition ${partition}`);
    return log;
  }

  /** Writes at once. */
  append({ topic, partition, key, value, timestampMs }: OutgoingRecord): void {
    const log = this.log(topic, partition);
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    log.push({ offset: log.length, key, value: bytes, timestampMs });
  }

  /** A producer of a process: its sends go out in order, the next when the one before is answered. */
  producer(host: Host, wire: Wire): RecordProducer {
    let last: Promise<unknown> = Promise.resolve();
    const send = (records: readonly OutgoingRecord[]): Promise<void> => {
      const mine = last.then(() =>
        wire.call({
          host,
          label: `kafka.send ${records.length}`,
          apply: (share) => this.#write(records, share),
          failure: () => new CrestError('KAFKA_UNAVAILABLE', 'no answer'),
        }),
      );
      last = mine.catch(() => undefined);
      return mine;
    };
    return { send, close: () => Promise.resolve() };
  }

  /** Joins a group. */
  join(options: GroupConsumerOptions, host: Host, wire: Wire): Promise<GroupConsumer> {
    const group = this.group(options.groupId);
    const apply = (): GroupConsumer => group.join(new SimMember(options, { host, wire, group }));
    const failure = (): Error => new CrestError('KAFKA_UNAVAILABLE', 'no answer');
    return wire.call({ host, label: `${options.groupId}.join`, apply, failure });
  }

  group(id: string): SimGroup {
    const found = this.groups.get(id) ?? new SimGroup(this, this.#partitions);
    this.groups.set(id, found);
    return found;
  }

  // What is torn ends between two partitions: what goes to one is written whole or not at all.
  #write(records: readonly OutgoingRecord[], share: number): void {
    const byPlace = Map.groupBy(records, ({ topic, partition }) => `${topic}/${partition}`);
    const places = [...byPlace.values()].slice(0, Math.ceil(byPlace.size * share));
    for (const place of places) for (const record of place) this.append(record);
  }
}

/** A consumer group: who is in it, who should hold what, and what is committed. */
export class SimGroup {
  readonly committed = new Map<string, number>();
  readonly kafka: SimKafka;
  /** Up to where each partition was ever handed over. */
  readonly delivered = new Map<string, number>();
  readonly members: SimMember[] = [];
  /** Also those that were put out for their silence and do not know it. */
  readonly everyone = new Set<SimMember>();
  #generation = 0;
  readonly #partitions: number;

  constructor(kafka: SimKafka, partitions: number) {
    this.kafka = kafka;
    this.#partitions = partitions;
  }

  get generation(): number {
    return this.#generation;
  }

  join(member: SimMember): SimMember {
    if (this.members.includes(member) || member.isClosed) return member;
    this.everyone.add(member);
    this.members.push(member);
    this.rebalance((partition) => partition);
    return member;
  }

  /** Takes a member out, for good or until it is heard of again. */
  remove(member: SimMember): void {
    const index = this.members.indexOf(member);
    if (index < 0) return;
    this.members.splice(index, 1);
    this.rebalance((partition) => partition);
  }

  /** Notes that a stretch was handed over. */
  handOver(key: string, from: number, to: number): void {
    const before = this.delivered.get(key) ?? 0;
    this.kafka.redelivered += Math.max(0, Math.min(before, to) - from);
    this.delivered.set(key, Math.max(before, to));
  }

  /** Shares the partitions out anew: `turn` says which member, counted round, gets which. */
  rebalance(turn: (partition: number) => number): void {
    this.#generation += 1;
    const shares = this.members.map((): number[] => []);
    if (shares.length === 0) return;
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      shares[turn(partition) % shares.length]?.push(partition);
    }
    this.members.forEach((member, i) => member.offer(shares[i] ?? [], this.#generation));
  }
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

interface Surroundings {
  readonly host: Host;
  readonly wire: Wire;
  readonly group: SimGroup;
}

/** One process in a group. */
export class SimMember implements GroupConsumer {
  readonly host: Host;
  readonly #options: GroupConsumerOptions;
  readonly #wire: Wire;
  readonly #group: SimGroup;
  readonly #positions = new Map<string, number>();
  readonly #moves = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #paused = new Set<string>();
  #held: readonly number[] = [];
  #offered: readonly number[] | null = null;
  #offeredGeneration = 0;
  #generation = 0;
  #isClosed = false;

  constructor(options: GroupConsumerOptions, { host, wire, group }: Surroundings) {
    this.#options = options;
    this.host = host;
    this.#wire = wire;
    this.#group = group;
  }

  /** The group has decided; the member hears of it when `learn` is called. */
  offer(partitions: readonly number[], generation: number): void {
    this.#offered = partitions;
    this.#offeredGeneration = generation;
  }

  /** It has left the group for good. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** There is an assignment that the member has not heard of. */
  get hasNews(): boolean {
    return this.#offered !== null && !this.#isClosed;
  }

  learn(): void {
    if (this.#offered === null) return;
    this.#held = this.#offered;
    this.#generation = this.#offeredGeneration;
    this.#offered = null;
    const { topics, onAssigned } = this.#options;
    // As in the real client: what was not committed is delivered again after a rebalance.
    this.#positions.clear();
    for (const topic of topics) {
      for (const partition of this.#held) {
        const key = keyOf({ topic, partition });
        this.#positions.set(key, this.#group.committed.get(key) ?? 0);
        this.#moved(key);
      }
    }
    onAssigned(new Map(topics.map((topic) => [topic, this.#held])));
  }

  /** Partitions with something to deliver. */
  deliverable(): Place[] {
    if (this.#isClosed) return [];
    const places = this.#options.topics.flatMap((topic) =>
      this.#held.map((partition) => ({ topic, partition })),
    );
    return places.filter((place) => {
      const key = keyOf(place);
      if (this.#busy.has(key) || this.#paused.has(key)) return false;
      const position = this.#positions.get(key) ?? 0;
      return position < this.#group.kafka.log(place.topic, place.partition).length;
    });
  }

  /** Hands over at most so many records of a partition. */
  deliver(place: Place, recordsMax: number): void {
    const key = keyOf(place);
    const { topic, partition } = place;
    const log = this.#group.kafka.log(topic, partition);
    const position = this.#positions.get(key) ?? 0;
    const records = log.slice(position, position + recordsMax);
    const move = this.#moves.get(key);
    const isStale = (): boolean => this.#isClosed || this.#moves.get(key) !== move;
    const control: BatchControl = { heartbeat: () => Promise.resolve(), isStale };
    this.#busy.add(key);
    this.#group.handOver(key, position, position + records.length);
    const batch = { topic, partition, records, endOffset: log.length };
    this.#options
      .onBatch(batch, control)
      .then(() => {
        if (!isStale()) this.#positions.set(key, position + records.length);
      })
      .catch(() => undefined)
      .finally(() => this.#busy.delete(key));
  }

  seek(topic: string, partition: number, offset: number): void {
    const key = keyOf({ topic, partition });
    this.#positions.set(key, offset);
    this.#moved(key);
  }

  commit(
    offsets: readonly { topic: string; partition: number; nextOffset: number }[],
  ): Promise<void> {
    const generation = this.#generation;
    return this.#wire.call({
      host: this.host,
      label: `${this.#options.groupId}.commit`,
      failure: () => new CrestError('KAFKA_UNAVAILABLE', 'no answer'),
      apply: () => {
        const isMember = this.#group.members.includes(this);
        if (!isMember || generation !== this.#group.generation) {
          throw new CrestError('KAFKA_UNAVAILABLE', 'the group has moved on');
        }
        for (const { nextOffset, ...place } of offsets) {
          this.#group.committed.set(keyOf(place), nextOffset);
        }
      },
    });
  }

  silentMs(): number {
    return 0;
  }

  pause(topic: string, partition: number): void {
    this.#paused.add(keyOf({ topic, partition }));
  }

  resume(topic: string, partition: number): void {
    this.#paused.delete(keyOf({ topic, partition }));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#group.remove(this);
    this.#group.everyone.delete(this);
    return Promise.resolve();
  }

  #moved(key: string): void {
    this.#moves.set(key, (this.#moves.get(key) ?? 0) + 1);
  }
}

function keyOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}
