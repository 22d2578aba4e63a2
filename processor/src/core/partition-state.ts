/**
 * Everything that the fold of one partition remembers. Plain data throughout (no class instances,
 * no references between channels), so that a snapshot holds it as it is.
 */
import type { Counters } from './counters.ts';
import { createDetector, type DetectorSettings, type DetectorState } from './detector.ts';
import type { OpenBuckets } from './line-buckets.ts';
import { createObservation, type Observation, type TickOf } from './observation.ts';
import { createSeenIds, type SeenIds } from './seen-ids.ts';
import type { Tally } from './tally.ts';

/** Raised when the form of the state changes: older snapshots are then refused. */
export const STATE_VERSION = 3;

/** Ten seconds of a channel: kept one by one until the ten are over, then folded together. */
export interface OpenTen {
  /** Epoch second, a multiple of 10. */
  readonly startSecond: number;
  /** Null for a second in which nothing counted. */
  readonly seconds: (Tally | null)[];
}

/** A minute or an hour of a channel, up to the last ten seconds that were folded into it. */
export interface OpenLarge {
  readonly spanSeconds: 60 | 3600;
  readonly startSecond: number;
  readonly tally: Tally;
  /** A line came whose id is long forgotten: the store counts this window when it is over. */
  isUncertain: boolean;
}

export interface ChannelState {
  readonly id: string;
  login: string;
  readonly tens: OpenTen[];
  readonly larger: OpenLarge[];
  readonly observation: Observation;
  readonly detector: DetectorState;
}

export interface PartitionState {
  readonly partition: number;
  /** Offset of the next record to fold. */
  nextOffset: number;
  /** The partition's time: the highest stamp or tick, event milliseconds; null before any. */
  timeMs: number | null;
  /** Seconds before this one are closed: the watermark has passed their end. */
  closedBefore: number;
  readonly seen: SeenIds;
  readonly ticks: TickOf[];
  readonly counters: Counters;
  readonly channels: Map<string, ChannelState>;
  /** Lines that came since the log was last cut: the store gets them at the next cut. */
  readonly open: OpenBuckets;
}

export interface FoldSettings {
  /** How far the watermark stays behind the highest stamp, event milliseconds. */
  readonly latenessMs: number;
  /** How long ids are remembered, event milliseconds. */
  readonly dedupeHorizonMs: number;
  readonly detector: DetectorSettings;
}

/** The state before the first record of a partition. */
export function createPartitionState(partition: number): PartitionState {
  return {
    partition,
    nextOffset: 0,
    timeMs: null,
    closedBefore: 0,
    seen: createSeenIds(),
    ticks: [],
    counters: new Map(),
    channels: new Map(),
    open: new Map(),
  };
}

/** A channel of which nothing is known. */
export function createChannel(id: string, login: string, detector: DetectorSettings): ChannelState {
  return {
    id,
    login,
    tens: [],
    larger: [],
    observation: createObservation(),
    detector: createDetector(detector),
  };
}
