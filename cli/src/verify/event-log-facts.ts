/** What the order of records in `channel.events` tells: repeats, lateness, clamps, joins. */
import type { ConsumedRecord } from '@crest/shared/kafka/port';
import { decodeChannelEvent, type ChannelEvent } from '@crest/shared/records/channel-event';
import type { ChatMessage } from '@crest/shared/records/chat-message';
import type { ChatNotice } from '@crest/shared/records/chat-notice';
import type { CounterWanted } from '@crest/shared/records/counter-wanted';
import type { LedgerBook } from '@crest/simulator/recount/ledger-book';
import type { CounterSpans } from '@crest/simulator/recount/windows';
import type { GapSpan } from '@crest/simulator/recount/gap-span';
import type { OnDifference } from './differences.ts';
import { ReadingRecount } from './reading-recount.ts';

/** A line whose stamp lay so far in the future that the collector put it back. */
export interface ClampedLine {
  readonly roomId: string;
  /** In its room's book. */
  readonly index: number;
  /** The stamp under which it counts, event milliseconds. */
  readonly atMs: number;
}

interface OpenSpan {
  readonly fromMs: number;
  toMs: number | null;
}

interface PartitionTime {
  /** Highest stamp or tick so far, event milliseconds. */
  newestMs: number;
  readonly counterSpans: Map<string, OpenSpan[]>;
}

export class EventLogFacts {
  resent = 0;
  late = 0;
  unreadable = 0;
  readonly clamped: ClampedLine[] = [];
  /** When a room was first read, event milliseconds. */
  readonly firstObservedMs = new Map<string, number>();
  /** When rooms were read. */
  readonly reading = new ReadingRecount();
  /** The partition that holds a room's records. */
  readonly partitionOf = new Map<string, number>();
  readonly #book: LedgerBook;
  readonly #latenessMs: number;
  readonly #onDifference: OnDifference;
  /** 1 for each line of a room that was seen. */
  readonly #seen = new Map<string, Uint8Array>();
  /** Ids that the ledger does not know, with their room. */
  readonly #seenUnknown = new Set<string>();
  /** Where gaps begin and end, by room. */
  readonly #edges = new Map<string, Set<number>>();
  readonly #edgesWithLine = new Set<string>();
  readonly #partitions = new Map<number, PartitionTime>();
  /** Stamps of late lines by room. */
  readonly #lateMs = new Map<string, number[]>();

  constructor(options: {
    book: LedgerBook;
    /** Event milliseconds. */
    latenessMs: number;
    onDifference: OnDifference;
    gaps: readonly GapSpan[];
  }) {
    this.#book = options.book;
    this.#latenessMs = options.latenessMs;
    this.#onDifference = options.onDifference;
    for (const { roomId, fromMs, toMs } of options.gaps) {
      const edges = this.#edges.get(roomId) ?? new Set();
      this.#edges.set(roomId, edges.add(fromMs).add(toMs ?? fromMs));
    }
  }

  /** Event time below which windows of a partition are final; -Infinity before its first record. */
  watermarkMs(partition: number): number {
    return this.#partition(partition).newestMs - this.#latenessMs;
  }

  /** When counters count in a partition. */
  counterSpans(partition: number): CounterSpans {
    return this.#partition(partition).counterSpans;
  }

  /** Whether a line of the room from this time, event milliseconds, came when its second was closed. */
  hasLateLine(roomId: string, fromMs: number, toMs: number): boolean {
    return (this.#lateMs.get(roomId) ?? []).some((atMs) => atMs >= fromMs && atMs < toMs);
  }

  /** Takes the next record of a partition. */
  take(partition: number, record: ConsumedRecord): void {
    const decoded = decodeChannelEvent(record.value);
    if (decoded.ok) {
      this.#takeEvent(partition, decoded.value);
      return;
    }
    this.unreadable += 1;
    const { offset } = record;
    this.#onDifference('unreadable', { partition, offset, reason: decoded.reason });
  }

  /** Whether a line of this room with this stamp is in the log; asked of edges of gaps only. */
  hasLineAt(roomId: string, atMs: number): boolean {
    return this.#edgesWithLine.has(`${roomId} ${atMs}`);
  }

  #takeEvent(partition: number, event: ChannelEvent): void {
    const time = this.#partition(partition);
    this.reading.take(partition, event);
    switch (event.type) {
      case 'chat.message':
      case 'chat.notice':
        this.partitionOf.set(event.channelId, partition);
        this.#takeLine(event, time);
        time.newestMs = Math.max(time.newestMs, event.atMs);
        break;
      case 'chat.deletion':
      case 'tick':
        time.newestMs = Math.max(time.newestMs, event.atMs);
        break;
      case 'room.observed':
        this.partitionOf.set(event.channelId, partition);
        if (!this.firstObservedMs.has(event.channelId)) {
          this.firstObservedMs.set(event.channelId, event.atMs);
        }
        break;
      case 'counter.wanted':
        takeCounter(time, event);
        break;
      default:
        break;
    }
  }

  #takeLine(event: ChatMessage | ChatNotice, time: PartitionTime): void {
    const { channelId, id } = event;
    const vouchedMs = Math.min(event.atMs, event.readAtMs ?? Infinity);
    if (this.#edges.get(channelId)?.has(vouchedMs) === true) {
      this.#edgesWithLine.add(`${channelId} ${vouchedMs}`);
    }
    const index = this.#book.rooms.get(channelId)?.indexOf(id);
    if (this.#isRepeat(channelId, id, index)) {
      this.resent += 1;
      this.#onDifference('resent', { roomId: channelId, messageId: id });
      return;
    }
    const secondEndMs = (Math.floor(event.atMs / 1_000) + 1) * 1_000;
    if (secondEndMs <= time.newestMs - this.#latenessMs) this.#takeLate(event);
    if (event.clampedFromMs === null || index === undefined) return;
    this.clamped.push({ roomId: channelId, index, atMs: event.atMs });
  }

  #takeLate({ channelId, atMs }: ChatMessage | ChatNotice): void {
    this.late += 1;
    const stamps = this.#lateMs.get(channelId) ?? [];
    stamps.push(atMs);
    this.#lateMs.set(channelId, stamps);
  }

  #isRepeat(roomId: string, id: string, index: number | undefined): boolean {
    if (index === undefined) {
      const key = `${roomId} ${id}`;
      const isKnown = this.#seenUnknown.has(key);
      this.#seenUnknown.add(key);
      return isKnown;
    }
    const lines = this.#book.rooms.get(roomId)?.lines ?? 0;
    const seen = this.#seen.get(roomId) ?? new Uint8Array(lines);
    this.#seen.set(roomId, seen);
    const isKnown = seen[index] === 1;
    seen[index] = 1;
    return isKnown;
  }

  #partition(partition: number): PartitionTime {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const fresh = { newestMs: -Infinity, counterSpans: new Map<string, OpenSpan[]>() };
    this.#partitions.set(partition, fresh);
    return fresh;
  }
}

/** Counters count from the next whole second of their partition's time on, and stop likewise. */
function takeCounter(time: PartitionTime, { counterId, action }: CounterWanted): void {
  const { newestMs, counterSpans } = time;
  const nextSecondMs = newestMs === -Infinity ? 0 : (Math.floor(newestMs / 1_000) + 1) * 1_000;
  const spans = counterSpans.get(counterId) ?? [];
  counterSpans.set(counterId, spans);
  const running = spans.find(({ toMs }) => toMs === null);
  if (action === 'stop' && running !== undefined) running.toMs = nextSecondMs;
  if (action === 'start' && running === undefined) spans.push({ fromMs: nextSecondMs, toMs: null });
}
