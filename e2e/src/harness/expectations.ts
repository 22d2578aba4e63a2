/** Expectations that most scenarios share. Each says in its figures what it saw. */
import {
  holdsFrom,
  known,
  largestOf,
  medianOf,
  processesOf,
  seriesOf,
  within,
  type Span,
} from './readings.ts';
import type { ProcessSample, Sample } from './sample.ts';
import type { Evidence, Expectation, Verdict } from './scenario.ts';

const MIB = 1024 * 1024;

/**
 * Every promise of the report held, but for those that a scenario does not make: nothing lost, nothing
 * twice, every window and alert right. Figures of those that held are in the report, which `--json`
 * prints; those of promises that are not made are told.
 */
export function judgedByLedger(notMade: readonly string[] = []): Expectation {
  return ({ report }) =>
    report.promises.map(({ name, held, figures }): Verdict => ({
      name,
      held: held || notMade.includes(name),
      figures: held ? {} : figures,
    }));
}

/** There is no gap: everything that was sent was read and stored. */
export function noGaps(): Expectation {
  return ({ report: { gaps, inGaps } }) => [
    { name: 'no gap', held: gaps === 0 && inGaps === 0, figures: { gaps, inGaps } },
  ];
}

export interface FlatMemory {
  readonly before: Span;
  readonly after: Span;
  /** What the median after may be above the median before, MiB. */
  readonly riseMiB: number;
  /** What the largest in between may be above the median before, MiB. */
  readonly peakMiB: number;
}

/**
 * Memory is flat: each of our processes that was there before has afterwards about as much, and
 * never had more in between than its bounded queues explain.
 */
export function flatMemory({ before, after, riseMiB, peakMiB }: FlatMemory): Expectation {
  return ({ samples, services }) =>
    services.map((name): Verdict => {
      const rss = (span: Span): number[] =>
        known(seriesOf(within(samples, span), name, ({ rssBytes }) => rssBytes));
      const inMiB = (bytes: number | null): number => Math.round((bytes ?? NaN) / MIB);
      const [base, end] = [inMiB(medianOf(rss(before))), inMiB(medianOf(rss(after)))];
      const peak = inMiB(largestOf(rss({ from: before.to, to: after.to })));
      return {
        name: `memory of ${name} is flat`,
        held: end - base <= riseMiB && peak - base <= peakMiB,
        figures: { [`${name}.rssMiB`]: `${base}..${peak}..${end}` },
      };
    });
}

/** Open files afterwards are as many as before, give or take a few. */
export function flatFiles({ before, after }: { before: Span; after: Span }): Expectation {
  return ({ samples, services }) =>
    services.map((name): Verdict => {
      const files = (span: Span): number | null =>
        medianOf(known(seriesOf(within(samples, span), name, ({ openFiles }) => openFiles)));
      const [base, end] = [files(before) ?? NaN, files(after) ?? NaN];
      return {
        name: `open files of ${name} are flat`,
        held: end - base <= OPEN_FILES_SLACK,
        figures: { [`${name}.files`]: `${base}..${end}` },
      };
    });
}

/** Connections to the database are opened as they are needed, 16 at the most. */
const OPEN_FILES_SLACK = 16;

/** A gauge of a service never exceeds its bound, over the whole run. */
export function bounded(service: string, metric: string, max: number): Expectation {
  return ({ samples, services }) => {
    const values = processesOf(services, service).flatMap((name) =>
      known(seriesOf(samples, name, ({ metrics }) => metrics[metric])),
    );
    const largest = largestOf(values);
    return [
      {
        name: `${metric} is at most ${max}`,
        held: largest !== null && largest <= max,
        figures: { [`${metric}.max`]: largest },
      },
    ];
  };
}

/** Lag of the processors' newest record that is that of a run without an outage. */
const CAUGHT_UP_SECONDS = 3;
const CAUGHT_UP_SAMPLES = 4;

/** Bytes that are on their way while everything is read as it comes. */
const UNREAD_BYTES = 1024 * 1024;

/**
 * By itself, all sockets are read, the spool is empty and the processors fold what is new within so
 * many seconds.
 */
export function caughtUp(limit: {
  /** Wall seconds since the first line, or the name of the note that says them (`Stage.note`). */
  readonly from: number | string;
  readonly withinSeconds: number;
}): Expectation {
  return (evidence) => {
    const { from: given } = limit;
    const from = typeof given === 'number' ? given : (evidence.notes.get(given) ?? Infinity);
    const later = evidence.samples.filter(({ atSeconds }) => atSeconds >= from);
    const at = holdsFrom(later, (sample) => isCaughtUp(sample, evidence), CAUGHT_UP_SAMPLES);
    const took = at === null ? null : Math.round((at - from) * 10) / 10;
    return [
      {
        name: `caught up within ${limit.withinSeconds} s`,
        held: took !== null && took <= limit.withinSeconds,
        figures: { caughtUpSeconds: took },
      },
    ];
  };
}

function isCaughtUp({ processes }: Sample, { services }: Evidence): boolean {
  const metric = (name: string, of: string): number | undefined => processes[name]?.metrics[of];
  const running = (service: string): string[] =>
    processesOf(services, service).filter((name) => processes[name]?.pid != null);
  const lags = running('processor').map((name) =>
    metric(name, 'crest_processor_lag_newest_seconds'),
  );
  const held = running('processor').reduce(
    (sum, name) => sum + (metric(name, 'crest_processor_partitions_held') ?? 0),
    0,
  );
  const spooled = running('collector').some(
    (name) => metric(name, 'crest_collector_spooling') !== 0,
  );
  const fresh = lags.every((lag) => lag !== undefined && lag <= CAUGHT_UP_SECONDS);
  const unread = metric('simulator', 'crest_simulator_backlog_bytes') ?? 0;
  return lags.length > 0 && held > 0 && fresh && !spooled && unread <= UNREAD_BYTES;
}

/** In at least one sample of a span something is so. */
export function sometime(
  name: string,
  span: Span,
  holds: (sample: Sample) => boolean,
): Expectation {
  return ({ samples }) => {
    const inSpan = within(samples, span);
    const count = inSpan.filter(holds).length;
    return [{ name, held: count > 0, figures: { [name]: `${count}/${inSpan.length}` } }];
  };
}

/** In every sample of a span something is so. */
export function always(name: string, span: Span, holds: (sample: Sample) => boolean): Expectation {
  return ({ samples }) => {
    const inSpan = within(samples, span);
    const count = inSpan.filter(holds).length;
    const held = inSpan.length > 0 && count === inSpan.length;
    return [{ name, held, figures: { [name]: `${count}/${inSpan.length}` } }];
  };
}

/** During a span the service answers, says that it is not ready, and names the reason. */
export function saysNotReady(process: string, span: Span, reason: RegExp): Expectation {
  const is = ({ live, ready, reasons }: ProcessSample): boolean =>
    live && !ready && reason.test(reasons);
  return always(`${process} is live and names ${reason.source}`, span, ({ processes }) => {
    const sample = processes[process];
    return sample !== undefined && is(sample);
  });
}

/** A counter of a service grows by at least so many a second over a span. */
export function goesOn(
  process: string,
  metric: string,
  { from, to, perSecond }: Span & { readonly perSecond: number },
): Expectation {
  return ({ samples }) => {
    const series = seriesOf(
      within(samples, { from, to }),
      process,
      ({ metrics }) => metrics[metric],
    );
    const points = series.filter(({ value }) => value !== null);
    const [first, last] = [points[0], points.at(-1)];
    const seconds = (last?.atSeconds ?? 0) - (first?.atSeconds ?? 0);
    const rate = Math.round(((last?.value ?? 0) - (first?.value ?? 0)) / Math.max(1, seconds));
    return [
      {
        name: `${metric} of ${process} goes on`,
        held: rate >= perSecond,
        figures: { [`${metric}.perSecond`]: rate },
      },
    ];
  };
}
