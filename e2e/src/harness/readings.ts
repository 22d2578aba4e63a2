/** What can be read from the samples of a run: series of figures, and what they did. */
import type { ProcessSample, Sample } from './sample.ts';

/** A span of wall seconds since the first line; both ends count. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One figure of one process, once a second; null where it was not known. */
export function seriesOf(
  samples: readonly Sample[],
  process: string,
  read: (sample: ProcessSample) => number | null | undefined,
): { readonly atSeconds: number; readonly value: number | null }[] {
  return samples.map(({ atSeconds, processes }) => {
    const sample = processes[process];
    return { atSeconds, value: sample === undefined ? null : (read(sample) ?? null) };
  });
}

/** Samples of a span. */
export function within(samples: readonly Sample[], { from, to }: Span): Sample[] {
  return samples.filter(({ atSeconds }) => atSeconds >= from && atSeconds <= to);
}

/** The values that are known. */
export function known(series: readonly { readonly value: number | null }[]): number[] {
  return series.flatMap(({ value }) => (value === null ? [] : [value]));
}

/** Null of nothing. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** Null of nothing. */
export function largestOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}

/** Processes of a service: `collector` finds `collector` and `collector-2`. */
export function processesOf(names: readonly string[], service: string): string[] {
  return names.filter((name) => name === service || name.startsWith(`${service}-`));
}

/**
 * The first moment from which on a condition holds for so many samples in a row; null where it
 * never does.
 */
export function holdsFrom(
  samples: readonly Sample[],
  holds: (sample: Sample) => boolean,
  inARow: number,
): number | null {
  let count = 0;
  for (const [index, sample] of samples.entries()) {
    count = holds(sample) ? count + 1 : 0;
    if (count === inARow) return samples[index - inARow + 1]?.atSeconds ?? null;
  }
  return null;
}

/** The least-squares slope of a series, units a second; null for less than two values. */
export function slopeOf(
  series: readonly { readonly atSeconds: number; readonly value: number | null }[],
): number | null {
  const points = series.flatMap(({ atSeconds, value }) =>
    value === null ? [] : [{ x: atSeconds, y: value }],
  );
  if (points.length < 2) return null;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const above = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const below = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return below === 0 ? null : above / below;
}
