/**
 * Time passing in one partition of `channel.events`, once a second, busy or not.
 *
 * A tick moves the partition's time on, and vouches up to `atMs` for exactly those rooms whose
 * last `room.observed` or `room.unobserved` says observed, with the same reader set and generation.
 */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface Tick {
  type: 'tick';
  version: 1;
  partition: number;
  readerSet: string;
  generation: number;
  /** Event time, epoch milliseconds. Every line read before it was sampled is in the log before it. */
  atMs: number;
}

export const tick = defineRecord<Tick>(
  'tick',
  1,
  z.object({
    type: z.literal('tick'),
    version: z.literal(1),
    partition: z.int().nonnegative(),
    readerSet: z.string().min(1),
    generation: z.int().nonnegative(),
    atMs: z.int().nonnegative(),
  }),
);
