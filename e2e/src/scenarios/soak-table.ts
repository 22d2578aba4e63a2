/** Memory and open files by process and minute, as a table in Markdown. */
import { known, medianOf, within } from '../harness/readings.ts';
import type { ProcessSample, Sample } from '../harness/sample.ts';

const MIB = 1024 * 1024;
const MINUTE_SECONDS = 60;
const OURS = /^(collector|processor|alerter)/;

/** Medians of the samples of each minute: MiB of resident memory / open files. */
export function soakTable(samples: readonly Sample[]): string {
  const names = [...new Set(samples.flatMap(({ processes }) => Object.keys(processes)))]
    .filter((name) => OURS.test(name))
    .toSorted();
  const minutes = Math.ceil((samples.at(-1)?.atSeconds ?? 0) / MINUTE_SECONDS);
  const rows = Array.from({ length: minutes }, (_, minute) => {
    const from = minute * MINUTE_SECONDS;
    const inMinute = within(samples, { from, to: from + MINUTE_SECONDS });
    const cells = names.map((name) => cellOf(inMinute, name));
    return rowOf([String(minute + 1), ...cells]);
  });
  const head = [rowOf(['minute', ...names]), rowOf(['--:', ...names.map(() => '--:')])];
  return `${[...head, ...rows].join('\n')}\n`;
}

function cellOf(samples: readonly Sample[], name: string): string {
  const median = (read: (sample: ProcessSample) => number | null): number | null =>
    medianOf(
      known(
        samples.flatMap(({ processes }) => {
          const sample = processes[name];
          return sample === undefined ? [] : [{ value: read(sample) }];
        }),
      ),
    );
  const rss = median(({ rssBytes }) => rssBytes);
  if (rss === null) return '';
  return `${Math.round(rss / MIB)} / ${median(({ openFiles }) => openFiles) ?? ''}`;
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
