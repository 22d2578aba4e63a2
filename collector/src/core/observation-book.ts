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

/** What we know of a partition for which we answer. */
interface Holding {
  readonly generation: number;
  /** Given up: it is read and ticked on until others read its rooms. */
  isLeaving: boolean;
  /** Its last tick, event time; null before the first. */
  tickedMs: number | null;
  /** Rooms that a newer holder reads, with the event time since when. */
  readonly taken: Map<string, number>;
  /** Rooms of which it was said that they could not be joined. */
  readonly refused: Set<string>;
}

/** A room that a newer holder reads. */
export interface HandedOver {
  readonly partition: number;
  readonly channelId: string;
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
  readonly #holdings = new Map<number, Holding>();
  readonly #rooms = new Map<string, ReadRoom>();

  constructor(options: { readerSet: string; partitionOf: (channelId: string) => number }) {
    this.#readerSet = options.readerSet;
    this.#partitionOf = options.partitionOf;
  }

  /** Those for which we answer, those that we are giving up among them. */
  get heldPartitions(): number[] {
    return [...this.#holdings.keys()].sort((a, b) => a - b);
  }

  /** Who we are in each of them. */
  get writers(): { partition: number; readerSet: string; generation: number }[] {
    const readerSet = this.#readerSet;
    return [...this.#holdings].map(([partition, { generation }]) => ({
      partition,
      readerSet,
      generation,
    }));
  }

  /** Who we are in a partition; undefined where we do not answer for it. */
  readerIn(partition: number): { readerSet: string; generation: number } | undefined {
    const generation = this.#holdings.get(partition)?.generation;
    return generation === undefined ? undefined : { readerSet: this.#readerSet, generation };
  }

  /**
   * We hold the partition from now on. Rooms of it that are read already are vouched for anew: from
   * the last tick on where we held it before, because nothing was missed in between.
   */
  hold(partition: number, generation: number, atMs: number): ObservationEntry[] {
    const before = this.#holdings.get(partition);
    const fresh = {
      isLeaving: false,
      tickedMs: null,
      taken: new Map(),
      refused: new Set<string>(),
    };
    this.#holdings.set(partition, { generation, ...fresh });
    const sinceMs = before === undefined ? atMs : (before.tickedMs ?? 0);
    return this.#roomsOf(partition).flatMap((room) =>
      this.#observed(room, Math.max(sinceMs, room.atMs)),
    );
  }

  /** The partition is being given up: rooms go one by one, as others read them. */
  leave(partition: number): void {
    const holding = this.#holdings.get(partition);
    if (holding !== undefined) holding.isLeaving = true;
  }

  /** The partition is not given up after all; a new generation follows. */
  stay(partition: number): void {
    const holding = this.#holdings.get(partition);
    if (holding !== undefined) holding.isLeaving = false;
  }

  /** Somebody reads a room since `atMs`. True where that is a newer holder than we are. */
  readBy(
    { partition, channelId }: HandedOver,
    { generation, atMs }: { generation: number; atMs: number },
  ): boolean {
    const holding = this.#holdings.get(partition);
    if (holding === undefined || generation <= holding.generation) return false;
    holding.taken.set(channelId, atMs);
    return true;
  }

  /**
   * Of the partitions that are being given up, the rooms that others read: with all that was read up
   * to `vouchedMs`, which must not be before they began. What is not read by us needs no overlap.
   */
  handOver(vouchedMs: number, atMs: number): { entries: ObservationEntry[]; rooms: HandedOver[] } {
    const entries: ObservationEntry[] = [];
    const rooms: HandedOver[] = [];
    for (const [partition, { isLeaving, taken }] of this.#holdings) {
      if (!isLeaving) continue;
      for (const [channelId, takenMs] of taken) {
        const read = this.#roomsOf(partition).find((room) => room.channelId === channelId);
        if (read !== undefined && takenMs > vouchedMs) continue;
        const end: RoomEnd = { atMs, sinceMs: vouchedMs, reason: 'handed_over' };
        // The last state of the room is the newer holder's to say.
        if (read !== undefined) entries.push(...this.#unobserved(read, end).slice(0, 1));
        rooms.push({ partition, channelId });
        taken.delete(channelId);
      }
    }
    return { entries, rooms };
  }

  /** Whether rooms wait for us to have read up to the moment at which others took them over. */
  handsOverAt(): number | null {
    const waiting = [...this.#holdings.values()]
      .filter(({ isLeaving }) => isLeaving)
      .flatMap(({ taken }) => [...taken.values()]);
    return waiting.length === 0 ? null : Math.min(...waiting);
  }

  /**
   * The partition is no longer ours. Rooms of it that we read still were read up to our last tick,
   * which is said with our old generation.
   */
  release(partition: number, atMs: number): ObservationEntry[] {
    const holding = this.#holdings.get(partition);
    const sinceMs = holding?.tickedMs ?? 0;
    const entries = this.#roomsOf(partition).flatMap((room) =>
      this.#unobserved(room, { atMs, sinceMs, reason: 'handed_over' }),
    );
    this.#holdings.delete(partition);
    return entries;
  }

  /** A wanted room cannot be joined, or does not answer; said once a generation. */
  roomRefused(
    room: { channelLogin: string; channelId: string },
    { atMs, reason }: Pick<RoomEnd, 'atMs' | 'reason'>,
  ): ObservationEntry[] {
    const partition = this.#partitionOf(room.channelId);
    const holding = this.#holdings.get(partition);
    const isRead = this.#rooms.get(room.channelLogin)?.channelId === room.channelId;
    if (holding === undefined || isRead || holding.refused.has(room.channelId)) return [];
    holding.refused.add(room.channelId);
    const said = this.#said(room, holding.generation);
    return [
      {
        topic: 'channelEvents',
        partition,
        key: room.channelId,
        record: { type: 'room.unobserved', ...said, atMs, sinceMs: 0, reason },
      },
    ];
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

  /** One tick for each partition for which we answer. */
  ticks(atMs: number): ObservationEntry[] {
    const readerSet = this.#readerSet;
    return [...this.#holdings].flatMap(([partition, holding]): ObservationEntry[] => {
      const { generation, isLeaving } = holding;
      holding.tickedMs = atMs;
      const tick: ObservationEntry = {
        topic: 'channelEvents',
        partition,
        key: null,
        record: { type: 'tick', version: 1, partition, readerSet, generation, atMs },
      };
      // The last tick of a partition is its new holder's to say.
      if (isLeaving) return [tick];
      const key = partitionObservedKey(readerSet, partition);
      const said = { version: 1, partition, readerSet, generation, atMs } as const;
      const record = { type: 'partition.observed', ...said } as const;
      return [tick, { topic: 'channelsObserved', partition, key, record }];
    });
  }

  #roomsOf(partition: number): ReadRoom[] {
    return [...this.#rooms.values()].filter((room) => room.partition === partition);
  }

  #observed(room: ReadRoom, atMs: number): ObservationEntry[] {
    const generation = this.#holdings.get(room.partition)?.generation;
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
    const generation = this.#holdings.get(room.partition)?.generation;
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

  #said(
    room: Pick<ReadRoom, 'channelId' | 'channelLogin'>,
    generation: number,
  ): Omit<RoomObserved, 'type' | 'atMs'> {
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
