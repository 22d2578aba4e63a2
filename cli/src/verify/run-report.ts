/**
 * What a run is judged by: the figures of semantics.md, The report of a run, and the promises that
 * follow from them. docs/reference/report.md says what each figure means.
 */

import type { Disturbance } from '../core/chaos/disturbance.ts';
import type { GapVerdict } from './judge-gaps.ts';

/** Half of the values are at most `p50`, 99 of 100 at most `p99`; null where there is no value. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** The figures, in the words of semantics.md. */
export interface RunFigures {
  readonly sent: number;
  readonly stored: number;
  readonly lost: number;
  readonly inGaps: number;
  readonly doubled: number;
  readonly resent: number;
  readonly unknown: number;
  readonly late: number;
  readonly windows: {
    readonly expected: number;
    readonly equal: number;
    readonly touched: number;
    readonly unexpected: number;
  };
  readonly spikes: { readonly found: number; readonly recount: number; readonly equal: number };
  readonly alerts: {
    readonly expected: number;
    readonly delivered: number;
    readonly missed: number;
    readonly repeated: number;
    readonly unexpected: number;
    readonly uncertain: number;
  };
  readonly gaps: number;
  /** Starts of services beyond the first of each, as the supervisor counted them. */
  readonly restarts: number;
  /** Wall seconds from the first line to the last. */
  readonly seconds: number;
  readonly messagesPerSecond: number;
  readonly latencyMs: { readonly stored: Quantiles; readonly alert: Quantiles };
}

/** One promise, whether it held, and the figures that it was judged by. */
export interface PromiseVerdict {
  readonly name: string;
  readonly held: boolean;
  readonly figures: Readonly<Record<string, number>>;
}

/** Kinds of differences of which examples are kept. */
export const DIFFERENCE_KINDS = [
  'lost',
  'doubled',
  'resent',
  'unknown',
  'storedInGap',
  'untrueGap',
  'unexplainedGap',
  'window',
  'touchedWindow',
  'spike',
  'missedAlert',
  'repeatedAlert',
  'unexpectedAlert',
  'unreadable',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** Facts enough to find what went wrong; never text of a message. */
export type Difference = Readonly<Record<string, unknown>>;

export interface RunReport extends RunFigures {
  /** What happened to the parts, in order; empty where nothing did, or nobody wrote it down. */
  readonly disturbances: readonly Disturbance[];
  /** How often, by kind and part: `kill processor`. */
  readonly disturbed: Readonly<Record<string, number>>;
  readonly promises: readonly PromiseVerdict[];
  /** The first differences of each kind that has any. */
  readonly examples: Readonly<Partial<Record<DifferenceKind, readonly Difference[]>>>;
}

/** What the promises are judged by beyond the figures. */
export interface PromiseFacts {
  /** Stored messages that lie inside a gap. */
  readonly storedInGaps: number;
  /** Touched windows that do not count exactly what is stored. */
  readonly touchedUnlikeStored: number;
  readonly gaps: GapVerdict;
  /** Share of windows that must be untouched by gaps. */
  readonly untouchedMin: number;
  /** Spikes that differ, or are too many or too few, and that no gap explains. */
  readonly wrongSpikes: number;
  /** Values in Kafka, the database or the inbox that could not be read. */
  readonly unreadable: number;
  readonly alerterKills: number;
  /** Sends that an alerter has in flight at the most. */
  readonly sendsInFlightMax: number;
}

/** Judges a run. */
export function promisesOf(figures: RunFigures, facts: PromiseFacts): PromiseVerdict[] {
  return [...promisesOfContents(figures, facts), ...promisesOfGaps(figures, facts)];
}

function promisesOfContents(figures: RunFigures, facts: PromiseFacts): PromiseVerdict[] {
  const { windows, spikes, alerts } = figures;
  const repeatsAllowed = facts.alerterKills * facts.sendsInFlightMax;
  return [
    promise('nothing lost', figures.lost === 0, { lost: figures.lost }),
    promise('counted once', figures.doubled === 0, { doubled: figures.doubled }),
    promise('nothing made up', figures.unknown === 0, { unknown: figures.unknown }),
    promise('every window right', windows.unexpected === 0, { unexpected: windows.unexpected }),
    promise('every spike right', facts.wrongSpikes === 0, { ...spikes, wrong: facts.wrongSpikes }),
    promise('everybody told', alerts.missed === 0, { missed: alerts.missed }),
    promise('nobody told in vain', alerts.unexpected === 0, { unexpected: alerts.unexpected }),
    promise('told once', alerts.repeated <= repeatsAllowed, {
      repeated: alerts.repeated,
      allowed: repeatsAllowed,
    }),
    promise('everything readable', facts.unreadable === 0, { unreadable: facts.unreadable }),
  ];
}

function promisesOfGaps({ windows, gaps }: RunFigures, facts: PromiseFacts): PromiseVerdict[] {
  const { storedInGaps, touchedUnlikeStored, untouchedMin } = facts;
  const { untrue, unexplained, seconds, allowedSeconds } = facts.gaps;
  const untouched = windows.expected === 0 ? 1 : 1 - windows.touched / windows.expected;
  const allowed = Number.isFinite(allowedSeconds) ? { allowedSeconds } : {};
  return [
    promise('gaps tell the truth', storedInGaps + touchedUnlikeStored + untrue === 0, {
      storedInGaps,
      touchedUnlikeStored,
      untrue,
    }),
    promise('every gap has its cause', unexplained === 0, { gaps, unexplained }),
    promise('gaps are short', seconds <= allowedSeconds, { gapSeconds: seconds, ...allowed }),
    promise('most windows whole', untouched >= untouchedMin, {
      untouchedShare: Math.round(untouched * 1_000) / 1_000,
      atLeast: Math.round(untouchedMin * 1_000) / 1_000,
    }),
  ];
}

function promise(
  name: string,
  held: boolean,
  figures: Readonly<Record<string, number>>,
): PromiseVerdict {
  return { name, held, figures };
}

/** 0 where every promise held, 1 where one broke. */
export function exitCodeOf(report: RunReport): 0 | 1 {
  return report.promises.every(({ held }) => held) ? 0 : 1;
}
