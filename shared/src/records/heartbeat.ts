/**
 * A synthetic record sent through the whole pipeline once a minute. Each stage adds the wall
 * time at which it had it, so that freshness is known also while every channel is quiet.
 */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export const HEARTBEAT_STAGES = ['collector', 'processor', 'store', 'alerter'] as const;
export type HeartbeatStage = (typeof HEARTBEAT_STAGES)[number];

export interface Heartbeat {
  type: 'heartbeat';
  version: 1;
  id: string;
  /** Wall time, epoch milliseconds, at which each stage so far had the record. */
  stages: Partial<Record<HeartbeatStage, number>>;
}

export const heartbeat = defineRecord<Heartbeat>(
  'heartbeat',
  1,
  z.object({
    type: z.literal('heartbeat'),
    version: z.literal(1),
    id: z.string().min(1),
    stages: z.partialRecord(z.enum(HEARTBEAT_STAGES), z.int().nonnegative()),
  }),
);
