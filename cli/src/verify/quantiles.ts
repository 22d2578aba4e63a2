/** Quantiles by nearest rank: a value that really occurred. */
import type { Quantiles } from './run-report.ts';

/** The median and the 99th percentile of the values, in any order. */
export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort();
  return { p50: nearestRank(sorted, 0.5), p99: nearestRank(sorted, 0.99) };
}

function nearestRank(sorted: Float64Array, share: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
