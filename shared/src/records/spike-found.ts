/** A moment when a crowd reacted, on `channel.spikes`. Sent once, after its peak; never taken back. */
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface SpikeFound {
  type: 'spike.found';
  version: 1;
  channelId: string;
  channelLogin: string;
  /** Offset in `channel.events` of the record whose watermark made the spike certain. */
  revision: number;
  /** First second of the raised period, epoch milliseconds of event time. */
  startMs: number;
  /** Second of the highest score: identifies the spike within its channel. */
  peakMs: number;
  /** Last second of the raised period. */
  endMs: number;
  /** Surprise at the peak: -log10 of the Poisson probability of as many messages or more. */
  score: number;
  /** Messages in the detector's window at the peak. */
  messages: number;
  /** Messages a second in the baseline at the peak. */
  baselinePerSecond: number;
}

export const spikeFound = defineRecord<SpikeFound>(
  'spike.found',
  1,
  z.object({
    type: z.literal('spike.found'),
    version: z.literal(1),
    channelId: z.string().min(1),
    channelLogin: z.string(),
    revision: z.int().nonnegative(),
    startMs: z.int().nonnegative(),
    peakMs: z.int().nonnegative(),
    endMs: z.int().nonnegative(),
    score: z.number(),
    messages: z.int().nonnegative(),
    baselinePerSecond: z.number().nonnegative(),
  }),
);
