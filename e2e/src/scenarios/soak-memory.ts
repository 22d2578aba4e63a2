/**
 * Whether memory and open files of processes stay flat over a long run in which some are killed.
 *
 * Looked at are the last two thirds of the lines. Of each process the median of every minute is taken,
 * and the slope through these medians is Theil's and Sen's: the median of the slopes between any two of
 * them, which a few odd minutes do not change. A process that is never killed is measured as it is.
 * One that is killed is young again and again, and a young process grows: from each sample the usual
 * size at that age (the median over all lives, in steps of five seconds) is taken first, so that what
 * remains is how much larger later lives are than earlier ones.
 */
import { known, largestOf, medianOf, within } from '../harness/readings.ts';
import type { ProcessSample, Sample } from '../harness/sample.ts';
import type { Expectation, Load, Verdict } from '../harness/scenario.ts';

const MIB = 1024 * 1024;
const AGE_STEP_SECONDS = 5;
const MINUTE_SECONDS = 60;
const MIB_PER_MINUTE_MAX = 1;
const FILES_PER_MINUTE_MAX = 0.5;

/** One figure of a process, with how long the process had lived. */
export interface Aged {
  readonly atSeconds: number;
  readonly ageSeconds: number;
  readonly value: number;
}

export function flatOverLives({
  mortal,
  load,
}: {
  readonly mortal: readonly string[];
  readonly load: Load;
}): Expectation {
  const span = { from: load.seconds / 3, to: load.seconds };
  return ({ samples, services }) =>
    services.flatMap((name): Verdict[] => {
      const slope = (read: (sample: ProcessSample) => number | null): number => {
        const aged = agesOf(samples, name, read);
        const late = aged.filter(({ atSeconds }) => atSeconds >= span.from);
        return round(slopePerMinute(mortal.includes(name) ? lessUsualOf(late) : late) ?? NaN);
      };
      const rss = slope(({ rssBytes }) => (rssBytes === null ? null : rssBytes / MIB));
      const files = slope(({ openFiles }) => openFiles);
      const sizes = known(
        within(samples, span).map(({ processes }) => ({
          value: processes[name]?.rssBytes ?? null,
        })),
      );
      const largest = Math.round((largestOf(sizes) ?? NaN) / MIB);
      return [
        {
          name: `memory of ${name} is flat`,
          held: rss < MIB_PER_MINUTE_MAX,
          figures: { [`${name}.rssMiBPerMinute`]: rss, [`${name}.rssMiBMax`]: largest },
        },
        {
          name: `open files of ${name} are flat`,
          held: Math.abs(files) < FILES_PER_MINUTE_MAX,
          figures: { [`${name}.filesPerMinute`]: files },
        },
      ];
    });
}

/** A figure of a process over its lives: one ends where the process id changes. */
export function agesOf(
  samples: readonly Sample[],
  name: string,
  read: (sample: ProcessSample) => number | null,
): Aged[] {
  const aged: Aged[] = [];
  let life = { pid: NaN, bornAt: 0 };
  for (const { atSeconds, processes } of samples) {
    const sample = processes[name];
    if (sample?.pid == null) continue;
    if (life.pid !== sample.pid) life = { pid: sample.pid, bornAt: atSeconds };
    const value = read(sample);
    if (value !== null) aged.push({ atSeconds, ageSeconds: atSeconds - life.bornAt, value });
  }
  return aged;
}

/** Each value less the median of all values at about its age. */
export function lessUsualOf(aged: readonly Aged[]): Aged[] {
  const stepOf = ({ ageSeconds }: Aged): number => Math.floor(ageSeconds / AGE_STEP_SECONDS);
  const byAge = Map.groupBy(aged, stepOf);
  const usual = new Map(
    [...byAge].map(([step, group]) => [step, medianOf(group.map(({ value }) => value)) ?? 0]),
  );
  return aged.map((one) => ({ ...one, value: one.value - (usual.get(stepOf(one)) ?? 0) }));
}

/** Theil-Sen slope of the medians of minutes, a minute; null for less than two minutes. */
export function slopePerMinute(aged: readonly Aged[]): number | null {
  const minutes = Map.groupBy(aged, ({ atSeconds }) => Math.floor(atSeconds / MINUTE_SECONDS));
  const points = [...minutes].map(([minute, group]) => ({
    minute,
    value: medianOf(group.map(({ value }) => value)) ?? 0,
  }));
  const slopes = points.flatMap((one, index) =>
    points.slice(index + 1).map((other) => (other.value - one.value) / (other.minute - one.minute)),
  );
  return medianOf(slopes);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
