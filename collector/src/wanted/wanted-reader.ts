/**
 * Reads which channels are wanted, as a member of the group that shares them out: the partitions of
 * `channels.wanted` that we hold say what we read, and which partitions of `channel.events` we
 * answer for. A partition goes through these states:
 * - taken: the group gave it to us; its generation is being found. Nothing of it is read yet, so that
 *   no line comes before the `room.observed` of its reader.
 * - held, with a generation. Only the group takes it away: what a lost broker or a restarted client
 *   does changes nothing, and neither does a rebalance in which we keep it.
 * - leaving: the group gave it to somebody else. It is read and ticked on, room by room, until its new
 *   holder reads them, at most for `handOverMs`. Given back meanwhile, it gets a new generation.
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
import { channelWanted, type ChannelWanted } from '@crest/shared/records/channel-wanted';
import { parseJson, type Parsed } from '@crest/shared/records/record';
import type { HandedOver } from '../core/observation-book.ts';
import { WantedBook } from '../core/wanted-book.ts';
import { FleetWatch } from './fleet-watch.ts';

export interface WantedListener {
  /** Every login to be read now. */
  onWanted(logins: ReadonlySet<string>): void;
  /** We answer for the partition, under this generation. */
  onHeld(partition: number, generation: number): void;
  /** It was given to somebody else, who is to take over its rooms. */
  onLeaving(partition: number): void;
  /** It was given back before that: it stays ours, and gets a new generation. */
  onStaying(partition: number): void;
  /** We answer for it no longer. */
  onReleased(partition: number): void;
  /** A holder of our reader set, perhaps ourselves, reads a room. Event time. */
  onRoomRead(room: HandedOver, read: { generation: number; atMs: number }): void;
  /** We left the group and wait for others to take over so many partitions. */
  onLeavingGroup(partitions: number): void;
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
  /** How long a partition is read on for its new holder, milliseconds of wall time. */
  readonly handOverMs: number;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** In [0, 1): jitter. */
  readonly random: () => number;
}

const MAX_WAIT_MS = 200;
const TAKE_OVER_BACKOFF: BackoffPolicy = { initialMs: 100, maxMs: 5_000, factor: 2 };

/** A holder that is no longer the newest takes a new generation after so long, wall milliseconds. */
const OUTDATED_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;

export class WantedReader {
  readonly #options: WantedReaderOptions;
  readonly #book = new WantedBook();
  /** Partitions that the group gave us, with the offset up to which each must be read. */
  readonly #ends = new Map<number, number>();
  /** Partitions for which we answer, held or leaving, with their generations. */
  readonly #generations = new Map<number, number>();
  /** Partitions that are leaving, with the wall time at which that ends. */
  readonly #leaving = new Map<number, number>();
  /** Partitions that we hold and somebody newer ticks for, with the wall time of noticing. */
  readonly #outdated = new Map<number, number>();
  readonly #readTo = new Map<number, number>();
  readonly #watch: FleetWatch;
  readonly #stopped = new AbortController();
  #isJoined = false;
  #onEmpty: () => void = () => undefined;
  #admin: KafkaAdmin | undefined;
  #consumer: GroupConsumer | undefined;

  constructor(options: WantedReaderOptions) {
    this.#options = options;
    const { kafka, topics, groupId, readerSet, listener } = options;
    this.#watch = new FleetWatch({
      kafka,
      topic: topics.channelsObserved,
      groupId,
      readerSet,
      listener: {
        onRoomRead: (partition, channelId, read) =>
          listener.onRoomRead({ partition, channelId }, read),
        onFailed: (error) => listener.onFailed(error),
      },
    });
  }

  /** Joins the group; may be called again when that failed. @throws CrestError KAFKA_UNAVAILABLE. */
  async start(): Promise<void> {
    this.#admin ??= await this.#options.kafka.admin();
    // Side by side: until both are there nobody reads. Both come to their end before another try.
    const [watched, joined] = await Promise.allSettled([this.#watch.start(), this.#join()]);
    // Told to stop meanwhile: what came up after that goes down here.
    if (this.#stopped.signal.aborted) return this.stop();
    if (watched.status === 'rejected') throw watched.reason;
    if (joined.status === 'rejected') throw joined.reason;
    this.#isJoined = true;
  }

  async #join(): Promise<void> {
    const { kafka, groupId, topics, listener } = this.#options;
    this.#consumer ??= await kafka.consumer({
      groupId,
      topics: [topics.channelsWanted],
      assignor: 'sticky',
      maxWaitMs: MAX_WAIT_MS,
      fromStart: true,
      onAssigned: (held) => this.#assigned(held.get(topics.channelsWanted) ?? []),
      onBatch: async (batch) => this.#read(batch),
      onFailed: (error) => {
        // Before the first join it is `start` that fails, and is called again; which may happen
        // after it too, while the other group is still to be joined.
        if (this.#consumer !== undefined) listener.onFailed(error);
      },
    });
  }

  /**
   * Leaves the group and reads on until others have taken over what we held, for `patienceMs` at
   * most, and not at all where the group has no other member.
   */
  async leave(patienceMs: number): Promise<void> {
    this.#stopped.abort();
    for (const partition of this.#ends.keys()) this.#leave(partition);
    this.#ends.clear();
    await within(patienceMs, this.#leaveGroup());
  }

  /** Brokers that do not answer are not waited for: there is more to be stopped. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    const closing = [
      Promise.resolve(this.#consumer?.close()),
      this.#watch.stop(),
      Promise.resolve(this.#admin?.close()),
    ];
    await within(CLOSE_TIMEOUT_MS, Promise.allSettled(closing));
  }

  async #leaveGroup(): Promise<void> {
    await this.#consumer?.close();
    this.#consumer = undefined;
    if (this.#leaving.size === 0 || !(await this.#hasOthers())) return;
    this.#options.listener.onLeavingGroup(this.#leaving.size);
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
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

  /** The id under which a login is wanted; null where it is not known. */
  channelIdOf(login: string): string | null {
    return this.#book.channelIdOf(login);
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

  /** After each tick: what was handed over is given up, and what waited too long. */
  ticked(handedOver: readonly HandedOver[]): void {
    for (const { partition, channelId } of handedOver) {
      const login = this.#book.loginOf(partition, channelId);
      if (login !== undefined) this.#book.giveUp(partition, login);
    }
    let isChanged = handedOver.length > 0;
    for (const [partition, untilMs] of this.#leaving) {
      if (!this.#book.isEmpty(partition) && this.#options.nowMs() < untilMs) continue;
      this.#release(partition);
      isChanged = true;
    }
    if (isChanged) this.#tellWanted();
    if (this.#leaving.size === 0) this.#onEmpty();
    this.#renewOutdated();
  }

  #assigned(partitions: readonly number[]): void {
    if (this.#stopped.signal.aborted) return;
    const gone = [...this.#ends.keys()].filter((held) => !partitions.includes(held));
    const taken = partitions.filter((partition) => !this.#ends.has(partition));
    for (const partition of gone) {
      this.#ends.delete(partition);
      this.#readTo.delete(partition);
      this.#leave(partition);
    }
    for (const partition of taken) {
      this.#ends.set(partition, Infinity);
      if (this.#leaving.delete(partition)) this.#options.listener.onStaying(partition);
    }
    if (taken.length > 0) void this.#takeOverUntilDone(taken);
  }

  #leave(partition: number): void {
    const { listener, nowMs, handOverMs } = this.#options;
    this.#outdated.delete(partition);
    // One whose take-over was still under way was never read.
    if (!this.#generations.has(partition)) return this.#book.forget(partition);
    this.#leaving.set(partition, nowMs() + handOverMs);
    listener.onLeaving(partition);
  }

  #release(partition: number): void {
    this.#leaving.delete(partition);
    this.#generations.delete(partition);
    this.#options.listener.onReleased(partition);
    if (!this.#ends.has(partition)) this.#book.forget(partition);
  }

  #tellWanted(): void {
    this.#options.listener.onWanted(this.#book.logins(this.#generations.keys()));
  }

  async #hasOthers(): Promise<boolean> {
    try {
      return ((await this.#admin?.membersOf(this.#options.groupId)) ?? 0) > 0;
    } catch {
      // Without Kafka nobody takes over, and nobody could tell us.
      return false;
    }
  }

  /**
   * While we were cut off from the group another member may have held a partition and given it
   * back: to readers of the log we are the older one until we take a new generation.
   */
  #renewOutdated(): void {
    const { nowMs } = this.#options;
    for (const [partition, generation] of this.#generations) {
      if (this.#leaving.has(partition) || this.#watch.lastGeneration(partition) <= generation) {
        this.#outdated.delete(partition);
        continue;
      }
      const sinceMs = this.#outdated.get(partition) ?? nowMs();
      this.#outdated.set(partition, sinceMs);
      if (nowMs() - sinceMs < OUTDATED_MS) continue;
      this.#outdated.delete(partition);
      void this.#takeOverUntilDone([partition]);
    }
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
    const { topics, listener, nowMs } = this.#options;
    const { signal } = this.#stopped;
    const ends = (await this.#admin?.endOffsets(topics.channelsWanted)) ?? [];
    const observedEnds = (await this.#admin?.endOffsets(topics.channelsObserved)) ?? [];
    await this.#watch.caughtUp(taken, observedEnds, signal);
    if (signal.aborted) return;
    for (const partition of taken) {
      // Taken away again meanwhile: if it is given back, another call sees to it.
      if (!this.#ends.has(partition)) continue;
      const generation = Math.max(nowMs(), this.#watch.lastGeneration(partition) + 1);
      if (this.#ends.get(partition) === Infinity) this.#ends.set(partition, ends[partition] ?? 0);
      this.#generations.set(partition, generation);
      listener.onHeld(partition, generation);
    }
    this.#tellWanted();
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
    this.#tellWanted();
  }
}

/** Waits for the work to be done, for so long at most. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}

function readWanted(value: Buffer | null): Parsed<ChannelWanted | null> {
  if (value === null) return { ok: true, value: null };
  const json = parseJson(value);
  return json.ok ? channelWanted.decode(json.value) : json;
}
