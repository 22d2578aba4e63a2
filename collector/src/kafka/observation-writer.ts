/**
 * Writes what we vouch for: ticks of the held partitions, rooms that are read or no longer read, and
 * a heartbeat now and then.
 *
 * The rule that everything rests on: a tick of time t is in the log behind every line that was
 * stamped up to t. So the time is sampled first; then every connection shows that it has been read
 * up to there, by a stamp or by answering a PING; only then the tick is put into the outbox. It lies
 * `allowanceMs` behind the clock for what Twitch has stamped and not sent. A connection that does
 * not answer holds time back: on a machine that cannot keep up nothing is late because of a tick,
 * and a dead connection is given up by its own deadline.
 *
 * Rooms of a partition that is being given up are handed over after a tick that reaches beyond the
 * moment from which the new holder reads them; one such tick is written as soon as it can be.
 */
import { randomUUID } from 'node:crypto';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import type { TopicNames } from '@crest/shared/topics';
import { CHANNEL_EVENT_CODECS } from '@crest/shared/records/channel-event';
import { channelObserved, partitionObserved } from '@crest/shared/records/channel-observed';
import { heartbeat } from '@crest/shared/records/heartbeat';
import type {
  HandedOver,
  ObservationBook,
  ObservationEntry,
  RoomEnd,
} from '../core/observation-book.ts';
import type { RecordSink } from './record-sink.ts';

export interface ObservationWriterOptions {
  readonly book: ObservationBook;
  readonly sink: RecordSink;
  readonly topics: TopicNames;
  readonly tickIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  /** Event time. */
  readonly allowanceMs: number;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** Event clock, epoch milliseconds. */
  readonly eventNowMs: () => number;
  /** Up to which event time, at most `eventMs`, everything has been read; waits for `patienceMs`. */
  readonly readUpTo: (eventMs: number, patienceMs: number) => Promise<number>;
  /** After each tick: rooms that others have taken over from us, to be read no longer. */
  readonly onTicked: (handedOver: readonly HandedOver[]) => void;
  readonly events: {
    ticked(partitions: number): void;
    heartbeatSent(nowMs: number): void;
  };
}

/** Share of the tick interval that connections have to answer: the next one must not be missed. */
const PATIENCE = 0.9;

/** How often it is looked whether a room that others took over can be handed over, milliseconds. */
const HAND_OVER_INTERVAL_MS = 50;

export class ObservationWriter {
  readonly #options: ObservationWriterOptions;
  #tickTimer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #handOverTimer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #lastTickMs = 0;

  constructor(options: ObservationWriterOptions) {
    this.#options = options;
  }

  start(): void {
    const { tickIntervalMs, heartbeatIntervalMs } = this.#options;
    this.#tickTimer = setInterval(() => void this.#tickWhenRead(), tickIntervalMs);
    this.#heartbeatTimer = setInterval(() => this.#beat(), heartbeatIntervalMs);
  }

  /** No tick is written after this; rooms may still be reported. */
  stop(): void {
    clearInterval(this.#tickTimer);
    clearInterval(this.#heartbeatTimer);
    clearInterval(this.#handOverTimer);
    this.#tickTimer = undefined;
  }

  get heldPartitions(): number[] {
    return this.#options.book.heldPartitions;
  }

  hold(partition: number, generation: number): void {
    const { book, eventNowMs } = this.#options;
    this.#put(book.hold(partition, generation, eventNowMs()));
  }

  /** The partition is being given up: we read and tick on until others read its rooms. */
  leave(partition: number): void {
    this.#options.book.leave(partition);
    this.#hurry();
  }

  /** The partition is not given up after all; a new generation follows. */
  stay(partition: number): void {
    this.#options.book.stay(partition);
  }

  /** The partition is no longer ours. */
  release(partition: number): void {
    const { book, eventNowMs } = this.#options;
    this.#put(book.release(partition, eventNowMs()));
  }

  /** A holder reads a room since `atMs` (event time). Whether that is a newer one than we are. */
  readBy(room: HandedOver, read: { generation: number; atMs: number }): boolean {
    const isNewer = this.#options.book.readBy(room, read);
    if (isNewer) this.#hurry();
    return isNewer;
  }

  /** A wanted room cannot be joined, or does not answer. */
  roomRefused(login: string, channelId: string, reason: 'refused' | 'join_timeout'): void {
    const { book, eventNowMs } = this.#options;
    const room = { channelLogin: login, channelId };
    this.#put(book.roomRefused(room, { atMs: eventNowMs(), reason }));
  }

  roomRead(login: string, channelId: string): void {
    const { book, eventNowMs } = this.#options;
    this.#put(book.roomRead(login, channelId, eventNowMs()));
  }

  /**
   * What its connection had read up to `vouchedMs` (event time) is vouched for as by a tick. False
   * where there was nothing to be said: the room had been handed over.
   */
  roomLost(login: string, reason: RoomEnd['reason'], vouchedMs: number): boolean {
    const { book, eventNowMs, allowanceMs } = this.#options;
    const sinceMs = vouchedMs - allowanceMs;
    const entries = book.roomLost(login, { atMs: eventNowMs(), sinceMs, reason });
    this.#put(entries);
    return entries.length > 0;
  }

  async #tickWhenRead(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { eventNowMs, allowanceMs, readUpTo, tickIntervalMs } = this.#options;
    const atMs = await readUpTo(eventNowMs() - allowanceMs, tickIntervalMs * PATIENCE);
    this.#isAsking = false;
    // A time far back says nothing: a connection that has just logged in has vouched for none yet.
    this.#tick(Math.max(atMs, this.#lastTickMs));
  }

  #tick(atMs: number): void {
    if (this.#tickTimer === undefined) return;
    const { book, events } = this.#options;
    this.#lastTickMs = atMs;
    const vouchedMs = Math.max(0, atMs);
    this.#put(book.ticks(vouchedMs));
    events.ticked(book.heldPartitions.length);
    const { entries, rooms } = book.handOver(vouchedMs, this.#options.eventNowMs());
    this.#put(entries);
    this.#options.onTicked(rooms);
  }

  /** Ticks as soon as that hands rooms over, rather than with the next one. */
  #hurry(): void {
    if (this.#tickTimer === undefined || this.#handOverTimer !== undefined) return;
    const { book, eventNowMs, allowanceMs } = this.#options;
    this.#handOverTimer = setInterval(() => {
      const takenMs = book.handsOverAt();
      if (takenMs !== null && eventNowMs() - allowanceMs >= takenMs) void this.#tickWhenRead();
      if (takenMs !== null) return;
      clearInterval(this.#handOverTimer);
      this.#handOverTimer = undefined;
    }, HAND_OVER_INTERVAL_MS);
  }

  #beat(): void {
    const { book, sink, topics, nowMs, events } = this.#options;
    const [partition] = book.heldPartitions;
    if (partition === undefined) return;
    const atMs = nowMs();
    sink.put({
      topic: topics.channelEvents,
      partition,
      key: null,
      value: heartbeat.encode({
        type: 'heartbeat',
        version: 1,
        id: randomUUID(),
        stages: { collector: atMs },
      }),
      timestampMs: atMs,
    });
    events.heartbeatSent(atMs);
  }

  #put(entries: readonly ObservationEntry[]): void {
    const { sink, topics, nowMs } = this.#options;
    for (const entry of entries) sink.put(outgoing(entry, topics, nowMs()));
  }
}

function outgoing(
  entry: ObservationEntry,
  topics: TopicNames,
  timestampMs: number,
): OutgoingRecord {
  const { topic, partition, key } = entry;
  return { topic: topics[topic], partition, key, value: encode(entry), timestampMs };
}

function encode({ record }: ObservationEntry): string {
  switch (record.type) {
    case 'channel.observed':
      return channelObserved.encode(record);
    case 'partition.observed':
      return partitionObserved.encode(record);
    case 'tick':
    case 'room.observed':
    case 'room.unobserved':
      return CHANNEL_EVENT_CODECS[record.type].encode(record as never);
  }
}
