/** Spikes as stored against spikes as the detector finds them in the ledger's counts. */
import type { OnDifference } from './differences.ts';
import type { RunFigures } from './run-report.ts';

/** A spike's fields, as they stand in the database. */
export interface SpikeFacts {
  readonly channelId: string;
  readonly startMs: number;
  readonly peakMs: number;
  readonly endMs: number;
  readonly score: number;
  readonly messages: number;
  readonly baselinePerSecond: number;
}

const EXACT_FIELDS = ['startMs', 'endMs', 'messages'] as const;
const COMPUTED_FIELDS = ['score', 'baselinePerSecond'] as const;
/** Sums of doubles in another order may differ in the last digits. */
const TOLERANCE = 1e-9;

/** Compares one channel's spikes. They are the same spike when their peaks are. */
export function compareSpikes(
  found: readonly SpikeFacts[],
  recount: readonly SpikeFacts[],
  onDifference: OnDifference,
): RunFigures['spikes'] {
  const byPeak = new Map(found.map((spike) => [spike.peakMs, spike]));
  let equal = 0;
  for (const expected of recount) {
    const stored = byPeak.get(expected.peakMs);
    byPeak.delete(expected.peakMs);
    if (stored !== undefined && isEqual(stored, expected)) equal += 1;
    else onDifference('spike', { channelId: expected.channelId, expected, found: stored });
  }
  for (const spike of byPeak.values()) {
    onDifference('spike', { channelId: spike.channelId, expected: undefined, found: spike });
  }
  return { found: found.length, recount: recount.length, equal };
}

function isEqual(one: SpikeFacts, other: SpikeFacts): boolean {
  const isNear = (a: number, b: number): boolean =>
    Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
  return (
    EXACT_FIELDS.every((field) => one[field] === other[field]) &&
    COMPUTED_FIELDS.every((field) => isNear(one[field], other[field]))
  );
}
