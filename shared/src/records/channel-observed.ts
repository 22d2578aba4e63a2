/**
 * What the next holder of a partition must know: the last state of each room and the last tick,
 * in the compacted topic `channels.observed`, in the same partition as the rooms themselves.
 */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface ChannelObserved {
  type: 'channel.observed';
  version: 1;
  channelId: string;
  channelLogin: string;
  readerSet: string;
  generation: number;
  state: 'observed' | 'unobserved';
  /** Event time: since when observed, or the last moment vouched for. */
  atMs: number;
}

export interface PartitionObserved {
  type: 'partition.observed';
  version: 1;
  partition: number;
  readerSet: string;
  generation: number;
  /** Event time of the last tick. */
  atMs: number;
}

export const channelObserved = defineRecord<ChannelObserved>(
  'channel.observed',
  1,
  z.object({
    type: z.literal('channel.observed'),
    version: z.literal(1),
    channelId: z.string().min(1),
    channelLogin: z.string(),
    readerSet: z.string().min(1),
    generation: z.int().nonnegative(),
    state: z.enum(['observed', 'unobserved']),
    atMs: z.int().nonnegative(),
  }),
);

export const partitionObserved = defineRecord<PartitionObserved>(
  'partition.observed',
  1,
  z.object({
    type: z.literal('partition.observed'),
    version: z.literal(1),
    partition: z.int().nonnegative(),
    readerSet: z.string().min(1),
    generation: z.int().nonnegative(),
    atMs: z.int().nonnegative(),
  }),
);

/** Key of a room's state. */
export function channelObservedKey(readerSet: string, channelId: string): string {
  return `${readerSet}/room/${channelId}`;
}

/** Key of a partition's last tick. */
export function partitionObservedKey(readerSet: string, partition: number): string {
  return `${readerSet}/tick/${partition}`;
}
