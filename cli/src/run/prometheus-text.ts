/** Reads what `/metrics` says, as far as the command needs it. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of Prometheus' text format; comments and what is malformed are left out. */
export function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = line.startsWith('#') ? null : LINE.exec(line);
    if (match === null) return [];
    const [, name = '', labelText = '', valueText = ''] = match;
    const labels = Object.fromEntries(
      [...labelText.matchAll(LABEL)].map(([, label = '', value = '']) => [label, unescape(value)]),
    );
    const value = Number(valueText.replace('Inf', 'Infinity'));
    return Number.isNaN(value) ? [] : [{ name, labels, value }];
  });
}

/** Sum over all series of a name whose labels match; null where there is none. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | null {
  const found = samplesOf(samples, name, labels);
  return found.length === 0 ? null : found.reduce((sum, { value }) => sum + value, 0);
}

/** The largest over all series of a name; null where there is none. */
export function maxOf(samples: readonly Sample[], name: string): number | null {
  const found = samplesOf(samples, name, {});
  return found.length === 0 ? null : Math.max(...found.map(({ value }) => value));
}

function samplesOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>>,
): Sample[] {
  return samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
}
