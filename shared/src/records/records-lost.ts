/**
 * Records that a reader had acknowledged are lost: damaged in its spool, or too old to be sent.
 *
 * Whoever drains a spool writes it for each partition, before the first tick that would vouch for
 * what is missing: ticks of this reader set and generation say nothing of the time from `fromMs` to
 * `toMs`. Which rooms the lost records belonged to nobody knows
 * (docs/reference/semantics.md, Observation and gaps).
 */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface RecordsLost {
  type: 'records.lost';
  version: 1;
  partition: number;
  readerSet: string;
  generation: number;
  /** Event time, epoch milliseconds: everything up to here was sent. */
  fromMs: number;
  /** Event time from which ticks vouch again. */
  toMs: number;
}

export const recordsLost = defineRecord<RecordsLost>(
  'records.lost',
  1,
  z.object({
    type: z.literal('records.lost'),
    version: z.literal(1),
    partition: z.int().nonnegative(),
    readerSet: z.string().min(1),
    generation: z.int().nonnegative(),
    fromMs: z.int().nonnegative(),
    toMs: z.int().nonnegative(),
  }),
);
