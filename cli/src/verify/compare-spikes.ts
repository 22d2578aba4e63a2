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

export interface SpikeComparison {
  readonly found: readonly SpikeFacts[];
  readonly recount: readonly SpikeFacts[];
  /**
   * A gap or a late line lies in what the spike was judged by: it may have been known too late, or
   * too soon.
   */
  readonly isUncertain: (spike: SpikeFacts) => boolean;
}

export interface SpikeVerdict {
  readonly figures: RunFigures['spikes'];
  /** Differences that neither a gap nor a late line explains. */
  readonly wrong: number;
}

/** Compares one channel's spikes. They are the same spike when their peaks are. */
export function compareSpikes(
  { found, recount, isUncertain }: SpikeComparison,
  onDifference: OnDifference,
): SpikeVerdict {
  const byPeak = new Map(found.map((spike) => [spike.peakMs, spike]));
  let [equal, wrong] = [0, 0];
  const differ = (channelId: string, expected?: SpikeFacts, stored?: SpikeFacts): void => {
    const isExplained = [expected, stored].some(
      (spike) => spike !== undefined && isUncertain(spike),
    );
    if (!isExplained) wrong += 1;
    onDifference('spike', { channelId, isExplained, expected, found: stored });
  };
  for (const expected of recount) {
    const stored = byPeak.get(expected.peakMs);
    byPeak.delete(expected.peakMs);
    if (stored !== undefined && isEqual(stored, expected)) equal += 1;
    else differ(expected.channelId, expected, stored);
  }
  for (const spike of byPeak.values()) differ(spike.channelId, undefined, spike);
  // Two documents with one peak are one too many, whatever they say.
  wrong += found.length - new Set(found.map(({ peakMs }) => peakMs)).size;
  return { figures: { found: found.length, recount: recount.length, equal }, wrong };
}

function isEqual(one: SpikeFacts, other: SpikeFacts): boolean {
  const isNear = (a: number, b: number): boolean =>
    Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
  return (
    EXACT_FIELDS.every((field) => one[field] === other[field]) &&
    COMPUTED_FIELDS.every((field) => isNear(one[field], other[field]))
  );
}
