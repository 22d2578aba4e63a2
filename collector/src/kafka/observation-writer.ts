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
 */
import { randomUUID } from 'node:crypto';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import type { TopicNames } from '@crest/shared/topics';
import { CHANNEL_EVENT_CODECS } from '@crest/shared/records/channel-event';
import { channelObserved, partitionObserved } from '@crest/shared/records/channel-observed';
import { heartbeat } from '@crest/shared/records/heartbeat';
import type { ObservationBook, ObservationEntry, RoomEnd } from '../core/observation-book.ts';
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
  readonly events: {
    ticked(partitions: number): void;
    heartbeatSent(nowMs: number): void;
  };
}

/** Share of the tick interval that connections have to answer: the next one must not be missed. */
const PATIENCE = 0.9;

export class ObservationWriter {
  readonly #options: ObservationWriterOptions;
  #tickTimer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
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
    this.#tickTimer = undefined;
  }

  get heldPartitions(): number[] {
    return this.#options.book.heldPartitions;
  }

  hold(partition: number, generation: number): void {
    const { book, eventNowMs } = this.#options;
    this.#put(book.hold(partition, generation, eventNowMs()));
  }

  release(partition: number): void {
    const atMs = this.#options.eventNowMs();
    const { book, allowanceMs } = this.#options;
    const end: RoomEnd = { atMs, sinceMs: atMs - allowanceMs, reason: 'handed_over' };
    this.#put(book.release(partition, end));
  }

  roomRead(login: string, channelId: string): void {
    const { book, eventNowMs } = this.#options;
    this.#put(book.roomRead(login, channelId, eventNowMs()));
  }

  roomLost(login: string, reason: RoomEnd['reason'], vouchedMs: number): void {
    const { book, eventNowMs } = this.#options;
    this.#put(book.roomLost(login, { atMs: eventNowMs(), sinceMs: vouchedMs, reason }));
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
    const entries = book.ticks(Math.max(0, atMs));
    this.#put(entries);
    events.ticked(book.heldPartitions.length);
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
