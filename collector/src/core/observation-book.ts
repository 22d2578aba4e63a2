/**
 * Which rooms we vouch for, as records: `room.observed`, `room.unobserved` and ticks, with what the
 * next holder must find in `channels.observed` (semantics.md, The log of a channel).
 *
 * We answer for the partitions that we hold, each with its generation, and for no others: a room
 * whose partition somebody else holds may be read by us, but it is not ours to vouch for.
 */
import {
  channelObservedKey,
  partitionObservedKey,
  type ChannelObserved,
  type PartitionObserved,
} from '@crest/shared/records/channel-observed';
import type {
  RoomObserved,
  RoomUnobserved,
  UnobservedReason,
} from '@crest/shared/records/room-observed';
import type { Tick } from '@crest/shared/records/tick';

/** A record with its place. */
export type ObservationEntry =
  | {
      readonly topic: 'channelEvents';
      readonly partition: number;
      readonly key: string | null;
      readonly record: RoomObserved | RoomUnobserved | Tick;
    }
  | {
      readonly topic: 'channelsObserved';
      readonly partition: number;
      readonly key: string;
      readonly record: ChannelObserved | PartitionObserved;
    };

interface ReadRoom {
  readonly channelLogin: string;
  readonly channelId: string;
  readonly partition: number;
  /** Event time at which the join was confirmed. */
  readonly atMs: number;
  /** Under which generation `room.observed` was written; null where we do not hold the partition. */
  writtenUnder: number | null;
}

/** How reading a room ended. Times are event time. */
export interface RoomEnd {
  readonly atMs: number;
  /** The last moment that is vouched for. */
  readonly sinceMs: number;
  readonly reason: UnobservedReason;
}

export class ObservationBook {
  readonly #readerSet: string;
  readonly #partitionOf: (channelId: string) => number;
  readonly #generations = new Map<number, number>();
  readonly #rooms = new Map<string, ReadRoom>();

  constructor(options: { readerSet: string; partitionOf: (channelId: string) => number }) {
    this.#readerSet = options.readerSet;
    this.#partitionOf = options.partitionOf;
  }

  get heldPartitions(): number[] {
    return [...this.#generations.keys()].sort((a, b) => a - b);
  }

  /** We hold the partition from now on. Rooms of it that are read already are vouched for anew. */
  hold(partition: number, generation: number, atMs: number): ObservationEntry[] {
    this.#generations.set(partition, generation);
    return [...this.#rooms.values()]
      .filter((room) => room.partition === partition)
      .flatMap((room) => this.#observed(room, Math.max(atMs, room.atMs)));
  }

  /** The partition is no longer ours. What is said last is said with our old generation. */
  release(partition: number, end: RoomEnd): ObservationEntry[] {
    const entries = [...this.#rooms.values()]
      .filter((room) => room.partition === partition)
      .flatMap((room) => this.#unobserved(room, end));
    this.#generations.delete(partition);
    return entries;
  }

  /** A join was confirmed: the room is read. A login that has moved to another channel ends that one. */
  roomRead(channelLogin: string, channelId: string, atMs: number): ObservationEntry[] {
    const before = this.#rooms.get(channelLogin);
    if (before?.channelId === channelId) return [];
    const ended = this.roomLost(channelLogin, { atMs, sinceMs: atMs, reason: 'parted' });
    const partition = this.#partitionOf(channelId);
    const room = { channelLogin, channelId, partition, atMs, writtenUnder: null };
    this.#rooms.set(channelLogin, room);
    return [...ended, ...this.#observed(room, atMs)];
  }

  /** The room is read no longer. */
  roomLost(channelLogin: string, end: RoomEnd): ObservationEntry[] {
    const room = this.#rooms.get(channelLogin);
    if (room === undefined) return [];
    this.#rooms.delete(channelLogin);
    return this.#unobserved(room, end);
  }

  /** One tick for each partition that we hold. */
  ticks(atMs: number): ObservationEntry[] {
    const readerSet = this.#readerSet;
    return [...this.#generations].flatMap(([partition, generation]): ObservationEntry[] => [
      {
        topic: 'channelEvents',
        partition,
        key: null,
        record: { type: 'tick', version: 1, partition, readerSet, generation, atMs },
      },
      {
        topic: 'channelsObserved',
        partition,
        key: partitionObservedKey(readerSet, partition),
        record: { type: 'partition.observed', version: 1, partition, readerSet, generation, atMs },
      },
    ]);
  }

  #observed(room: ReadRoom, atMs: number): ObservationEntry[] {
    const generation = this.#generations.get(room.partition);
    if (generation === undefined || room.writtenUnder === generation) return [];
    room.writtenUnder = generation;
    const said = { ...this.#said(room, generation), atMs };
    return [
      {
        topic: 'channelEvents',
        partition: room.partition,
        key: room.channelId,
        record: { type: 'room.observed', ...said },
      },
      this.#lastState(room, { ...said, state: 'observed' }),
    ];
  }

  #unobserved(room: ReadRoom, { atMs, sinceMs, reason }: RoomEnd): ObservationEntry[] {
    const generation = this.#generations.get(room.partition);
    if (generation === undefined || room.writtenUnder !== generation) return [];
    room.writtenUnder = null;
    const said = this.#said(room, generation);
    const vouchedMs = Math.min(atMs, Math.max(sinceMs, room.atMs));
    return [
      {
        topic: 'channelEvents',
        partition: room.partition,
        key: room.channelId,
        record: { type: 'room.unobserved', ...said, atMs, sinceMs: vouchedMs, reason },
      },
      this.#lastState(room, { ...said, atMs: vouchedMs, state: 'unobserved' }),
    ];
  }

  #said(room: ReadRoom, generation: number): Omit<RoomObserved, 'type' | 'atMs'> {
    const { channelId, channelLogin } = room;
    return { version: 1, channelId, channelLogin, readerSet: this.#readerSet, generation };
  }

  #lastState(room: ReadRoom, state: Omit<ChannelObserved, 'type'>): ObservationEntry {
    return {
      topic: 'channelsObserved',
      partition: room.partition,
      key: channelObservedKey(this.#readerSet, room.channelId),
      record: { type: 'channel.observed', ...state },
    };
  }
}
