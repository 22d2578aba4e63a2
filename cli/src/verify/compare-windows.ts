/** Windows as stored against windows as recounted, one room and one span at a time. */
import { WINDOW_COUNTS, type WindowCountName } from '@crest/shared/records/windows-updated';
import { touches, type GapSpan } from '@crest/simulator/recount/gap-span';
import type { RecountedWindow } from '@crest/simulator/recount/windows';
import type { OnDifference } from './differences.ts';

export interface StoredWindow extends RecountedWindow {
  /** Share of the span in which the room was observed, 0 to 1. */
  observedShare: number;
}

export interface WindowComparison {
  readonly roomId: string;
  readonly spanSeconds: number;
  /** Recounted from every line of the ledger. */
  readonly expected: readonly RecountedWindow[];
  /** Recounted from the lines that are stored; the same where nothing is missing. */
  readonly ofStoredLines: readonly RecountedWindow[];
  readonly stored: readonly StoredWindow[];
  /** Gaps of this room. */
  readonly gaps: readonly GapSpan[];
  /** When the room was first read, event milliseconds; null where it never was. */
  readonly firstObservedMs: number | null;
}

export interface WindowVerdict {
  readonly expected: number;
  readonly equal: number;
  readonly touched: number;
  readonly unexpected: number;
  /** Messages in window totals beyond those sent. */
  readonly doubled: number;
  /** Touched windows that do not count exactly what is stored. */
  readonly touchedUnlikeStored: number;
}

/** Up to this span chatters are counted exactly. */
const EXACT_CHATTERS_SECONDS_MAX = 10;
/** Above it they are within this share, rounded up to a whole chatter. */
const CHATTERS_TOLERANCE = 0.03;

type Outcome = 'equal' | 'touched' | 'unexpected';

/**
 * Compares. A window in which every count is zero says nothing and is left out on both sides.
 * Untouched windows must be equal in every field, with an observed share of 1 unless the room was
 * first read within them. Touched ones must say so by their share and count nothing beyond the ledger.
 */
export function compareWindows(
  comparison: WindowComparison,
  onDifference: OnDifference,
): WindowVerdict {
  const stored = new Map(comparison.stored.filter(hasCounts).map((each) => [each.startMs, each]));
  const ofStoredLines = new Map(comparison.ofStoredLines.map((each) => [each.startMs, each]));
  const tally = { equal: 0, touched: 0, unexpected: 0, doubled: 0, touchedUnlikeStored: 0 };
  for (const expected of comparison.expected) {
    const found = stored.get(expected.startMs);
    stored.delete(expected.startMs);
    const { outcome, reasons } = judge(comparison, expected, found);
    tally[outcome] += 1;
    tally.doubled += Math.max(0, totalOf(found) - totalOf(expected));
    if (outcome === 'unexpected') {
      onDifference('window', { ...place(comparison, expected), reasons, expected, found });
    }
    const actual = ofStoredLines.get(expected.startMs);
    if (outcome === 'touched' && differingFields(actual, found).length > 0) {
      tally.touchedUnlikeStored += 1;
      onDifference('touchedWindow', { ...place(comparison, expected), ofStored: actual, found });
    }
  }
  for (const found of stored.values()) {
    tally.unexpected += 1;
    tally.doubled += totalOf(found);
    onDifference('window', { ...place(comparison, found), reasons: ['no line'], found });
  }
  return { expected: comparison.expected.length, ...tally };
}

/** Whether anything is counted in it. */
export function hasCounts(window: RecountedWindow): boolean {
  return (
    WINDOW_COUNTS.some((field) => window[field] > 0) ||
    Object.values(window.counters).some((count) => count > 0)
  );
}

function judge(
  comparison: WindowComparison,
  expected: RecountedWindow,
  found: StoredWindow | undefined,
): { outcome: Outcome; reasons: string[] } {
  const fromMs = expected.startMs;
  const toMs = fromMs + expected.spanSeconds * 1_000;
  const touching = comparison.gaps.filter((gap) => touches(gap, fromMs, toMs));
  const isTouched = touching.length > 0;
  const reasons = isTouched ? fieldsAbove(expected, found) : differingFields(expected, found);
  if (found !== undefined && hasWrongShare(comparison, found, touching)) {
    reasons.push('observedShare');
  }
  if (reasons.length > 0) return { outcome: 'unexpected', reasons };
  return { outcome: isTouched ? 'touched' : 'equal', reasons };
}

function hasWrongShare(
  { firstObservedMs }: WindowComparison,
  { startMs, observedShare }: StoredWindow,
  touching: readonly GapSpan[],
): boolean {
  // A gap that ends where the window begins takes nothing of it away.
  if (touching.some((gap) => gap.toMs !== startMs)) return observedShare === 1;
  const isReadThroughout = firstObservedMs !== null && firstObservedMs <= startMs;
  return isReadThroughout && observedShare !== 1;
}

function totalOf(window: RecountedWindow | undefined): number {
  return window === undefined ? 0 : window.messages + window.mirrored;
}

function place({ roomId }: WindowComparison, window: RecountedWindow): Record<string, unknown> {
  return { roomId, spanSeconds: window.spanSeconds, startMs: window.startMs };
}

/** Names of the fields that differ; a missing window is one whose counts are all zero. */
function differingFields(
  expected: RecountedWindow | undefined,
  found: RecountedWindow | undefined,
): string[] {
  return allFields(expected, found).filter((field) => {
    const [want, have] = [countIn(expected, field), countIn(found, field)];
    return field === 'chatters'
      ? Math.abs(want - have) > chattersTolerance(expected ?? found, want)
      : want !== have;
  });
}

function fieldsAbove(expected: RecountedWindow, found: StoredWindow | undefined): string[] {
  return allFields(expected, found).filter((field) => {
    const tolerance =
      field === 'chatters' ? chattersTolerance(expected, countIn(expected, field)) : 0;
    return countIn(found, field) > countIn(expected, field) + tolerance;
  });
}

function chattersTolerance(window: RecountedWindow | undefined, chatters: number): number {
  if (window === undefined || window.spanSeconds <= EXACT_CHATTERS_SECONDS_MAX) return 0;
  return Math.ceil(chatters * CHATTERS_TOLERANCE);
}

function allFields(...windows: readonly (RecountedWindow | undefined)[]): string[] {
  const counters = windows.flatMap((window) => Object.keys(window?.counters ?? {}));
  return [...WINDOW_COUNTS, ...new Set(counters)];
}

function countIn(window: RecountedWindow | undefined, field: string): number {
  if (window === undefined) return 0;
  if (WINDOW_COUNTS.some((each) => each === field)) return window[field as WindowCountName];
  return window.counters[field] ?? 0;
}
