/** The report as a table for people. */
import type { Quantiles, RunReport } from './run-report.ts';

/** Lines of text with a line feed at the end of each. */
export function printReport(report: RunReport): string {
  const { windows, spikes, alerts, latencyMs } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['messages', `${count(report.sent)} sent, ${count(report.stored)} stored`],
    ['', `${count(report.lost)} lost, ${count(report.inGaps)} in gaps`],
    ['', `${count(report.doubled)} doubled, ${count(report.unknown)} unknown`],
    ['', `${count(report.resent)} resent, ${count(report.late)} late`],
    ['windows', `${count(windows.expected)} expected, ${count(windows.equal)} equal`],
    ['', `${count(windows.touched)} touched, ${count(windows.unexpected)} unexpected`],
    ['spikes', `${count(spikes.found)} found, ${count(spikes.recount)} in the recount`],
    ['', `${count(spikes.equal)} equal`],
    ['alerts', `${count(alerts.expected)} expected, ${count(alerts.delivered)} delivered`],
    ['', `${count(alerts.missed)} missed, ${count(alerts.unexpected)} unexpected`],
    ['', `${count(alerts.repeated)} repeated, ${count(alerts.uncertain)} uncertain`],
    ['gaps', `${count(report.gaps)}, with ${count(report.restarts)} restarts`],
    ...disturbedRows(report),
    ['time', `${count(report.seconds)} s, ${count(report.messagesPerSecond)} messages a second`],
    ['until stored', times(latencyMs.stored)],
    ['until told', times(latencyMs.alert)],
  ];
  const table = rows.map(([name, text]) => `  ${name.padEnd(14)}${text}`);
  return [...table, '', ...promiseLines(report), ''].join('\n');
}

function disturbedRows({ disturbed }: RunReport): [string, string][] {
  const acts = Object.entries(disturbed).map(([name, times]) => `${name} ×${times}`);
  return acts.map((act, index) => [index === 0 ? 'disturbed by' : '', act]);
}

function promiseLines({ promises }: RunReport): string[] {
  return promises.map(({ name, held, figures }) => {
    const facts = Object.entries(figures).map(([figure, value]) => `${figure} ${count(value)}`);
    return `  ${held ? 'held  ' : 'BROKEN'}  ${name} (${facts.join(', ')})`;
  });
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function times({ p50, p99 }: Quantiles): string {
  if (p50 === null || p99 === null) return 'not measured';
  return `p50 ${count(Math.round(p50))} ms, p99 ${count(Math.round(p99))} ms`;
}
