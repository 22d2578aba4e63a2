/**
 * Records that a reader had acknowledged are lost: damaged in its spool, or too old to be sent.
 *
 * Whoever drains a spool writes it in their place, for each partition of the reader: what was vouched
 * for before stands, what comes after vouches for the time from `atMs` on. Which rooms the lost
 * records belonged to nobody knows (docs/reference/semantics.md, Observation and gaps).
 */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface RecordsLost {
  type: 'records.lost';
  version: 1;
  partition: number;
  readerSet: string;
  generation: number;
  /** Event time, epoch milliseconds: the lost records were written before. */
  atMs: number;
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
    atMs: z.int().nonnegative(),
  }),
);
