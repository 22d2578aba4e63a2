/** One function for each thing worth counting and logging: what is counted and said never drifts. */
import { errorCodeOf } from '@crest/shared/errors';
import type { Logger } from '@crest/shared/logger';
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import type { Heartbeat, HeartbeatStage } from '@crest/shared/records/heartbeat';
import type { FoldEffects } from './core/fold-effects.ts';
import type { ProcessorMetrics, Writer } from './metrics.ts';

export type ProcessorEvents = ReturnType<typeof createEvents>;

/** Binds the events to where they are counted and logged. */
export function createEvents(metrics: ProcessorMetrics, log: Logger) {
  return {
    ...partitionEvents(metrics, log),
    ...recordEvents(metrics, log),
    ...writeEvents(metrics, log),
  };
}

function partitionEvents(metrics: ProcessorMetrics, log: Logger) {
  return {
    assigned(partitions: readonly number[], lost: readonly number[]): void {
      log.info({ partitions, lost }, 'partitions assigned');
    },
    stateLoaded(partition: number, facts: { nextOffset: number; channels: number }): void {
      log.info({ partition, ...facts }, 'state loaded');
    },
    snapshotSaved(partition: number, facts: { seconds: number; bytes: number }): void {
      metrics.snapshotSeconds.observe(facts.seconds);
      metrics.snapshotBytes.inc(facts.bytes);
      log.debug({ partition, ...facts }, 'state saved');
    },
    snapshotFailed(partition: number, error: unknown): void {
      log.warn({ partition, err: error }, 'state not saved, tried again at the next turn');
    },
    commitFailed(partition: number, error: unknown): void {
      log.debug({ partition, err: error }, 'offset not committed: the state knows it anyway');
    },
    fenced(partition: number): void {
      metrics.fenced.inc();
      log.warn({ partition }, 'partition taken over by another process, dropped');
    },
    offsetsGone(partition: number, facts: { fromOffset: number; toOffset: number }): void {
      metrics.skipped.inc(facts.toOffset - facts.fromOffset);
      log.error({ partition, ...facts }, 'records were gone from the log before they were read');
    },
  };
}

function recordEvents(metrics: ProcessorMetrics, log: Logger) {
  return {
    folded(counts: ReadonlyMap<ChannelEvent['type'], number>, lagSeconds: number): void {
      for (const [type, count] of counts) metrics.records.inc({ type }, count);
      metrics.lag.observe(Math.max(0, lagSeconds));
    },
    foldTook(seconds: number): void {
      metrics.foldSeconds.inc(seconds);
    },
    effects({ repeated, late, spikes, gaps, recounts, outgoing }: FoldEffects): void {
      metrics.duplicates.inc(repeated);
      metrics.late.inc(late);
      metrics.spikes.inc(spikes.length);
      metrics.recounts.inc(recounts.length);
      for (const gap of gaps) log.info({ ...gap }, 'gap');
      let windows = 0;
      for (const [span, count] of countsBySpan(outgoing)) {
        metrics.finalWindows.inc({ span: String(span) }, count);
        windows += count;
      }
      metrics.windows.inc({ update: 'final' }, windows);
    },
    toldEarly(windows: number): void {
      metrics.windows.inc({ update: 'early' }, windows);
    },
    corrected(windows: number): void {
      metrics.windows.inc({ update: 'corrected' }, windows);
    },
    poisoned(partition: number, facts: { offset: number; reason: string }): void {
      metrics.deadLetters.inc();
      log.warn({ partition, ...facts }, 'record could not be understood, put to the dead letters');
    },
    heartbeat({ stages }: Heartbeat): void {
      for (const [stage, atMs] of Object.entries(stages) as [HeartbeatStage, number][]) {
        metrics.heartbeat.set({ stage }, atMs / 1000);
      }
    },
  };
}

function writeEvents(metrics: ProcessorMetrics, log: Logger) {
  return {
    written(writer: Writer, seconds: number, items: number): void {
      metrics.writeSeconds.observe({ writer }, seconds);
      metrics.writtenItems.inc({ writer }, items);
    },
    writeFailed(writer: Writer, error: unknown, attempt: number): void {
      metrics.writeFailures.inc({ writer });
      // Once when it begins: every turn is counted, but said only the first time.
      if (attempt === 0) {
        log.warn({ writer, code: errorCodeOf(error), err: error }, 'write failed, trying again');
      }
    },
    writeRecovered(writer: Writer): void {
      log.info({ writer }, 'writes succeed again');
    },
  };
}

/** How many windows are told of, by their span in seconds. */
function countsBySpan(outgoing: FoldEffects['outgoing']): Map<number, number> {
  const counts = new Map<number, number>();
  for (const fact of outgoing) {
    if (fact.type !== 'windows.updated') continue;
    for (const { spanSeconds } of fact.windows) {
      counts.set(spanSeconds, (counts.get(spanSeconds) ?? 0) + 1);
    }
  }
  return counts;
}
