/**
 * A room is read from now on, or is read no longer.
 *
 * The holder of a partition of `channels.wanted` writes both with its `generation`, a number
 * that grows from holder to holder of a partition: the larger of the wall clock in milliseconds
 * at which it took the partition over and one more than the last generation it finds in
 * `channels.observed`. It stays the same while the holder keeps the partition. Records of an
 * older generation than the newest seen for a room are ignored
 * (docs/reference/semantics.md, The log of a channel).
 */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface RoomObserved {
  type: 'room.observed';
  version: 1;
  channelId: string;
  channelLogin: string;
  readerSet: string;
  generation: number;
  /** Event time from which the room is read: its join was confirmed. */
  atMs: number;
}

/** Why a room stopped being read. A closed list: it becomes a metric label. */
export const UNOBSERVED_REASONS = [
  'connection_lost',
  'parted',
  'refused',
  'join_timeout',
  'unwanted',
  'handed_over',
  'stopping',
] as const;

export type UnobservedReason = (typeof UNOBSERVED_REASONS)[number];

export interface RoomUnobserved {
  type: 'room.unobserved';
  version: 1;
  channelId: string;
  channelLogin: string;
  readerSet: string;
  generation: number;
  /** Event time at which the holder noticed. */
  atMs: number;
  /**
   * The last event time that the holder vouches for, at most `atMs`: what ticks said of this
   * room after it is taken back. A half-open socket is noticed late; this says how late.
   */
  sinceMs: number;
  reason: UnobservedReason;
}

const common = {
  version: z.literal(1),
  channelId: z.string().min(1),
  channelLogin: z.string(),
  readerSet: z.string().min(1),
  generation: z.int().nonnegative(),
  atMs: z.int().nonnegative(),
};

export const roomObserved = defineRecord<RoomObserved>(
  'room.observed',
  1,
  z.object({ type: z.literal('room.observed'), ...common }),
);

export const roomUnobserved = defineRecord<RoomUnobserved>(
  'room.unobserved',
  1,
  z.object({
    type: z.literal('room.unobserved'),
    ...common,
    sinceMs: z.int().nonnegative(),
    reason: z.enum(UNOBSERVED_REASONS),
  }),
);
