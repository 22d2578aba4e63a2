/** From lines of chat to records in the outbox: normalised, stripped of repeats, keyed by channel. */
import type { TopicNames } from '@crest/shared/topics';
import { deadLetter, deadLetterOf } from '@crest/shared/records/dead-letter';
import type { LineReading } from '@crest/shared/records/line-reading';
import { type ChatRecord, type LineContext, normalise } from '../core/normalise.ts';
import type { RecordSink } from './record-sink.ts';
import { RecentIds } from '../core/recent-ids.ts';
import type { RoomDirectory } from '../core/room-directory.ts';
import type { ChatLine } from '../core/twitch-line.ts';
import { plainRecordBytesMax, PlainRecordWriter } from '../twitch/plain-record.ts';
import type { PlainChat } from '../twitch/plain-chat.wire.ts';
import { ByteSlab } from './byte-slab.ts';
import { encodeChatRecord } from './encode-chat-record.ts';

export interface ChatIntakeOptions {
  readonly sink: RecordSink;
  readonly topics: TopicNames;
  readonly directory: RoomDirectory;
  readonly partitionOf: (channelId: string) => number;
  readonly recentIdsMax: number;
  readonly clampMs: number;
  /** A line that was read so long after its stamp is late, event milliseconds. */
  readonly lateMs: number;
  /** Who we are in a partition; undefined where we do not answer for it. */
  readonly readerIn: (partition: number) => LineReading['readBy'];
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** Event clock, epoch milliseconds. */
  readonly eventNowMs: () => number;
  readonly events: {
    lineUnreadable(reason: string, characters: number): void;
    duplicateDropped(): void;
    stampClamped(channelId: string, aheadMs: number): void;
  };
}

const DEAD_LETTER_PARTITION = 0;
/** Far more rooms than one process reads. */
const ROOMS_MAX = 100_000;

interface Room {
  readonly channelId: string;
  readonly partition: number;
}

export class ChatIntake {
  readonly #options: ChatIntakeOptions;
  readonly #recent: RecentIds;
  readonly #writer = new PlainRecordWriter();
  readonly #slab = new ByteSlab();
  /** By the number that their id is. */
  readonly #rooms = new Map<number, Room>();
  /** Late lines were read since the last tick: others may hold our rooms by now. */
  #isLate = false;

  constructor(options: ChatIntakeOptions) {
    this.#options = options;
    this.#recent = new RecentIds(options.recentIdsMax);
  }

  take(line: ChatLine): void {
    const { clampMs, eventNowMs, directory } = this.#options;
    const nowMs = eventNowMs();
    if ('stampMs' in line && line.stampMs !== null) this.#noteAge(line.stampMs, nowMs);
    const context: LineContext = {
      nowMs,
      clampMs,
      channelIdOf: (login) => directory.channelIdOf(login),
      ...(this.#isLate ? { readerOf: this.#readerOf } : {}),
    };
    const normalised = normalise(line, context);
    if (normalised.ok) this.#put(normalised.record);
    else this.refuse(JSON.stringify(line), normalised.reason);
  }

  /** The same for a line in bytes; false where it has to be taken as a line. */
  takePlain(line: PlainChat): boolean {
    const { sink, topics, nowMs, eventNowMs, events } = this.#options;
    const eventMs = eventNowMs();
    this.#noteAge(line.stampMs, eventMs);
    if (this.#isLate || line.stampMs > eventMs) return false;
    if (!this.#recent.addUuid(line.channelNumber, line.idWords)) {
      events.duplicateDropped();
      return true;
    }
    const { channelId, partition } = this.#roomOf(line.channelNumber);
    const { bytes, start } = this.#slab.room(plainRecordBytesMax(line));
    sink.put({
      topic: topics.channelEvents,
      partition,
      key: channelId,
      value: this.#slab.taken(this.#writer.write(line, bytes, start)),
      timestampMs: nowMs(),
    });
    return true;
  }

  /**
   * A tick vouches for all that was read: lines need not say any more who read them, until one is
   * late again.
   */
  ticked(): void {
    this.#isLate = false;
  }

  #noteAge(stampMs: number, nowMs: number): void {
    if (stampMs < nowMs - this.#options.lateMs) this.#isLate = true;
  }

  readonly #readerOf = (channelId: string): LineReading['readBy'] => {
    const { readerIn, partitionOf } = this.#options;
    return readerIn(partitionOf(channelId));
  };

  #roomOf(number: number): Room {
    const known = this.#rooms.get(number);
    if (known !== undefined) return known;
    const channelId = String(number);
    const room = { channelId, partition: this.#options.partitionOf(channelId) };
    if (this.#rooms.size >= ROOMS_MAX) this.#rooms.clear();
    this.#rooms.set(number, room);
    return room;
  }

  /** Keeps a line that cannot become a record, with the reason. */
  refuse(line: string, reason: string): void {
    const { sink, topics, nowMs, events } = this.#options;
    const failedAtMs = nowMs();
    const facts = { service: 'collector', reason, origin: null, key: null, failedAtMs } as const;
    sink.put({
      topic: topics.deadLetters,
      partition: DEAD_LETTER_PARTITION,
      key: null,
      value: deadLetter.encode(deadLetterOf(facts, line)),
      timestampMs: failedAtMs,
    });
    events.lineUnreadable(reason, line.length);
  }

  #put(record: ChatRecord): void {
    const { sink, topics, partitionOf, nowMs, events } = this.#options;
    const { channelId } = record;
    if ('id' in record && !this.#recent.add(channelId, record.id)) {
      return events.duplicateDropped();
    }
    if ('clampedFromMs' in record && record.clampedFromMs !== null) {
      events.stampClamped(channelId, record.clampedFromMs - record.atMs);
    }
    sink.put({
      topic: topics.channelEvents,
      partition: partitionOf(channelId),
      key: channelId,
      value: encodeChatRecord(record),
      timestampMs: nowMs(),
    });
  }
}
