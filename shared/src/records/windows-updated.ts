/**
 * The windows of one channel that changed, on `channel.windows`; and the watermark of a partition.
 *
 * `revision` is the offset in `channel.events` of the last record counted. The same window comes
 * again with a higher revision while it grows, once with `final` when the watermark passed its
 * end, and after that only when a late record corrects it. Readers ignore lower revisions.
 */
import { z } from 'zod';
import { defineRecord } from './record.ts';
import { windowsUpdatedText } from './windows-updated-text.ts';

/** Lengths of windows in seconds. */
export const WINDOW_SPANS_SECONDS = [1, 10, 60, 3600] as const;
export type WindowSpanSeconds = (typeof WINDOW_SPANS_SECONDS)[number];

/** The single numbers that a window holds. */
export const WINDOW_COUNTS = [
  'messages',
  'chatters',
  'emotes',
  'length',
  'bits',
  'subs',
  'commands',
  'mirrored',
] as const satisfies readonly (keyof WindowCounts)[];
export type WindowCountName = (typeof WINDOW_COUNTS)[number];

/** What a window holds; one sentence for each field is in docs/reference/windows.md. */
export interface WindowCounts {
  messages: number;
  chatters: number;
  emotes: number;
  /** Unicode code points. */
  length: number;
  bits: number;
  subs: number;
  commands: number;
  mirrored: number;
  /** Count by counter id; only those above zero. */
  counters: Record<string, number>;
}

export interface Window extends WindowCounts {
  spanSeconds: WindowSpanSeconds;
  /** Event time, epoch milliseconds, a multiple of the span. */
  startMs: number;
  /** The watermark has passed the end: until corrected by a late record. */
  final: boolean;
  /** Share of the span in which the room was observed, 0 to 1; 1 while the window is open. */
  observedShare: number;
}

export interface WindowsUpdated {
  type: 'windows.updated';
  version: 1;
  channelId: string;
  channelLogin: string;
  revision: number;
  /** Event time below which this partition of `channel.events` is final. */
  watermarkMs: number;
  windows: Window[];
}

export interface WatermarkMoved {
  type: 'watermark.moved';
  version: 1;
  partition: number;
  revision: number;
  /** Event time below which this partition of `channel.events` is final. */
  watermarkMs: number;
}

const count = z.int().nonnegative();

export const windowSchema: z.ZodType<Window> = z.object({
  spanSeconds: z.union([z.literal(1), z.literal(10), z.literal(60), z.literal(3600)]),
  startMs: count,
  final: z.boolean(),
  observedShare: z.number().min(0).max(1),
  messages: count,
  chatters: count,
  emotes: count,
  length: count,
  bits: count,
  subs: count,
  commands: count,
  mirrored: count,
  counters: z.record(z.string(), count),
});

const updates = defineRecord<WindowsUpdated>(
  'windows.updated',
  1,
  z.object({
    type: z.literal('windows.updated'),
    version: z.literal(1),
    channelId: z.string().min(1),
    channelLogin: z.string(),
    revision: count,
    watermarkMs: z.int(),
    windows: z.array(windowSchema),
  }),
);
export const windowsUpdated: typeof updates = { ...updates, encode: windowsUpdatedText };

export const watermarkMoved = defineRecord<WatermarkMoved>(
  'watermark.moved',
  1,
  z.object({
    type: z.literal('watermark.moved'),
    version: z.literal(1),
    partition: count,
    revision: count,
    watermarkMs: z.int(),
  }),
);
