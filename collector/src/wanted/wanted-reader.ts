/**
 * Reads which channels are wanted, as a member of the group that shares them out: the partitions of
 * `channels.wanted` that we hold say what we read, and which partitions of `channel.events` we
 * answer for. Each partition that is taken over gets its generation before a tick is written.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';
import type {
  ConsumedBatch,
  GroupConsumer,
  Kafka,
  KafkaAdmin,
  OutgoingRecord,
} from '@crest/shared/kafka/port';
import type { TopicNames } from '@crest/shared/topics';
import { channelObserved, partitionObserved } from '@crest/shared/records/channel-observed';
import { channelWanted, type ChannelWanted } from '@crest/shared/records/channel-wanted';
import { parseJson, type Parsed } from '@crest/shared/records/record';
import { WantedBook } from '../core/wanted-book.ts';

export interface WantedListener {
  /** Every login to be read now. */
  onWanted(logins: ReadonlySet<string>): void;
  /** We answer for the partition, under this generation. */
  onHeld(partition: number, generation: number): void;
  onReleased(partition: number): void;
  onUnreadable(partition: number, reason: string): void;
  /** Taking partitions over failed and will be tried again; `attempt` counts from 0. */
  onTakeOverFailed(error: unknown, attempt: number): void;
  onFailed(error: Error): void;
}

export interface WantedReaderOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: TopicNames;
  readonly readerSet: string;
  readonly listener: WantedListener;
  readonly put: (record: OutgoingRecord) => void;
  readonly partitionOf: (key: string) => number;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** In [0, 1): jitter. */
  readonly random: () => number;
}

const MAX_WAIT_MS = 200;
const TAKE_OVER_BACKOFF: BackoffPolicy = { initialMs: 100, maxMs: 5_000, factor: 2 };

export class WantedReader {
  readonly #options: WantedReaderOptions;
  readonly #book = new WantedBook();
  /** Partitions held, with the offset up to which each must be read before it is complete. */
  readonly #ends = new Map<number, number>();
  readonly #generations = new Map<number, number>();
  readonly #readTo = new Map<number, number>();
  readonly #stopped = new AbortController();
  #isJoined = false;
  #admin: KafkaAdmin | undefined;
  #consumer: GroupConsumer | undefined;

  constructor(options: WantedReaderOptions) {
    this.#options = options;
  }

  /** Joins the group. @throws CrestError KAFKA_UNAVAILABLE. */
  async start(): Promise<void> {
    const { kafka, groupId, topics, listener } = this.#options;
    this.#admin = await kafka.admin();
    this.#consumer = await kafka.consumer({
      groupId,
      topics: [topics.channelsWanted],
      assignor: 'sticky',
      maxWaitMs: MAX_WAIT_MS,
      fromStart: true,
      onAssigned: (held) => this.#assigned(held.get(topics.channelsWanted) ?? []),
      onBatch: async (batch) => this.#read(batch),
      onFailed: (error) => listener.onFailed(error),
    });
    this.#isJoined = true;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#consumer?.close();
    await this.#admin?.close();
  }

  /** Why it is not known yet what we are to read; null when it is. */
  notReady(): string | null {
    if (!this.#isJoined) return 'not in the group of channels.wanted yet';
    for (const [partition, end] of this.#ends) {
      const isRead = (this.#readTo.get(partition) ?? 0) >= end;
      if (!isRead || !this.#generations.has(partition)) return 'channels.wanted is being read';
    }
    return null;
  }

  /** The id of a room became known: where the channel is wanted by its login, it moves under its id. */
  resolve(login: string, channelId: string): boolean {
    const { topics, put, partitionOf, nowMs } = this.#options;
    const entries = this.#book.resolve(login, channelId);
    for (const { key, value } of entries) {
      const partition = partitionOf(key);
      // At once where the entry is ours as well: the tombstone of the name may come back before it.
      if (value !== null && this.#ends.has(partition)) this.#book.apply({ partition, key, value });
      put({
        topic: topics.channelsWanted,
        partition,
        key,
        value: value === null ? null : channelWanted.encode(value),
        timestampMs: nowMs(),
      });
    }
    return entries.length > 0;
  }

  #assigned(partitions: readonly number[]): void {
    const { listener } = this.#options;
    const gone = [...this.#ends.keys()].filter((held) => !partitions.includes(held));
    const taken = partitions.filter((partition) => !this.#ends.has(partition));
    for (const partition of gone) {
      this.#ends.delete(partition);
      this.#readTo.delete(partition);
      if (this.#generations.delete(partition)) listener.onReleased(partition);
    }
    this.#book.keepOnly(partitions);
    for (const partition of taken) this.#ends.set(partition, Infinity);
    if (gone.length > 0) listener.onWanted(this.#book.logins());
    if (taken.length > 0) void this.#takeOverUntilDone(taken);
  }

  /** A broker that has just made a topic, or is just being replaced, needs to be asked again. */
  async #takeOverUntilDone(taken: readonly number[]): Promise<void> {
    const { listener, random } = this.#options;
    for (let attempt = 0; !this.#stopped.signal.aborted; attempt += 1) {
      try {
        return await this.#takeOver(taken);
      } catch (error) {
        listener.onTakeOverFailed(error, attempt);
        const delayMs = backoffMs(TAKE_OVER_BACKOFF, attempt, random());
        await sleep(delayMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      }
    }
  }

  /** Learns where the taken partitions end and which generation was the last in each. */
  async #takeOver(taken: readonly number[]): Promise<void> {
    const { kafka, topics, listener, nowMs } = this.#options;
    const ends = (await this.#admin?.endOffsets(topics.channelsWanted)) ?? [];
    const last = new Map<number, number>();
    await kafka.readToEnd(topics.channelsObserved, taken, (partition, { value }) => {
      const generation = generationIn(value, this.#options.readerSet);
      if (generation > (last.get(partition) ?? -1)) last.set(partition, generation);
    });
    for (const partition of taken) {
      // Taken away again meanwhile, or taken over a second time: another call sees to it.
      if (this.#ends.get(partition) !== Infinity) continue;
      const generation = Math.max(nowMs(), (last.get(partition) ?? -1) + 1);
      this.#ends.set(partition, ends[partition] ?? 0);
      this.#generations.set(partition, generation);
      listener.onHeld(partition, generation);
    }
  }

  #read({ partition, records }: ConsumedBatch): void {
    const { listener } = this.#options;
    if (!this.#ends.has(partition)) return;
    for (const { key, value } of records) {
      const read = readWanted(value);
      if (key === null || !read.ok) {
        listener.onUnreadable(partition, read.ok ? 'record has no key' : read.reason);
      } else {
        this.#book.apply({ partition, key, value: read.value });
      }
    }
    this.#readTo.set(partition, (records.at(-1)?.offset ?? -1) + 1);
    listener.onWanted(this.#book.logins());
  }
}

function readWanted(value: Buffer | null): Parsed<ChannelWanted | null> {
  if (value === null) return { ok: true, value: null };
  const json = parseJson(value);
  return json.ok ? channelWanted.decode(json.value) : json;
}

/** The generation that a record of `channels.observed` speaks of; -1 for another reader set's. */
function generationIn(value: Buffer | null, readerSet: string): number {
  const json = parseJson(value);
  if (!json.ok) return -1;
  const tick = partitionObserved.decode(json.value);
  const read = tick.ok ? tick : channelObserved.decode(json.value);
  return read.ok && read.value.readerSet === readerSet ? read.value.generation : -1;
}
