/**
 * Writes what we vouch for: ticks of the held partitions, rooms that are read or no longer read, and
 * a heartbeat now and then.
 *
 * The rule that everything rests on: a tick of time t is in the log behind every line that was
 * stamped up to t and had reached us. So the time is sampled first; then the event loop reads what
 * lies in the sockets; only then the tick is put into the outbox. It lies `allowanceMs` behind the
 * clock for what is still under way, and does not move while we do not read (`hold`).
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
  readonly events: {
    ticked(partitions: number): void;
    heartbeatSent(nowMs: number): void;
  };
}

export class ObservationWriter {
  readonly #options: ObservationWriterOptions;
  #tickTimer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  /** Event time at which reading stopped; null while we read. */
  #heldAtMs: number | null = null;

  constructor(options: ObservationWriterOptions) {
    this.#options = options;
  }

  start(): void {
    const { tickIntervalMs, heartbeatIntervalMs } = this.#options;
    this.#tickTimer = setInterval(() => this.#tickSoon(), tickIntervalMs);
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

  /** Reading stops: no tick goes beyond now. */
  pause(): void {
    this.#heldAtMs ??= this.#options.eventNowMs();
  }

  /** Reading goes on; what waited in the sockets comes before the next tick. */
  resume(): void {
    this.#heldAtMs = null;
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

  #tickSoon(): void {
    const { eventNowMs, allowanceMs } = this.#options;
    const atMs = Math.min(eventNowMs(), this.#heldAtMs ?? Infinity) - allowanceMs;
    // `setImmediate` runs behind the poll phase that follows this timer: behind all sockets that
    // have anything to read now.
    setImmediate(() => this.#tick(atMs));
  }

  #tick(atMs: number): void {
    if (this.#tickTimer === undefined) return;
    const { book, events } = this.#options;
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
