/**
 * Where the time goes from the line that makes an alert due to the provider's acceptance, by the
 * stamps that the records and the outbox carry anyway.
 */
import { quantilesOf } from '@crest/cli/verify/quantiles';
import type { Quantiles } from '@crest/cli/verify/run-report';

/** One alert's way. Wall time, epoch milliseconds; all of it by clocks of one machine. */
export interface AlertTrace {
  /** The crossing line was written to the sockets. */
  readonly writtenAtMs: number;
  /** The collector made a record of it. */
  readonly recordedAtMs: number;
  /** The processor made the first update that counts it. */
  readonly updatedAtMs: number;
  /** The alerter had it and decided. */
  readonly decidedAtMs: number;
  /** The provider had accepted it. */
  readonly acceptedAtMs: number;
}

export const STAGES = [
  'socket to record',
  'record to early update',
  'update to decision',
  'decision to acceptance',
  'all',
] as const;
export type Stage = (typeof STAGES)[number];

/** Median and 99th percentile of each stage, milliseconds. */
export function stageQuantiles(traces: readonly AlertTrace[]): Record<Stage, Quantiles> {
  const of = (took: (trace: AlertTrace) => number): Quantiles => quantilesOf(traces.map(took));
  return {
    'socket to record': of((trace) => trace.recordedAtMs - trace.writtenAtMs),
    'record to early update': of((trace) => trace.updatedAtMs - trace.recordedAtMs),
    'update to decision': of((trace) => trace.decidedAtMs - trace.updatedAtMs),
    'decision to acceptance': of((trace) => trace.acceptedAtMs - trace.decidedAtMs),
    all: of((trace) => trace.acceptedAtMs - trace.writtenAtMs),
  };
}
