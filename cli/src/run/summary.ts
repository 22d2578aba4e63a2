/** The last words of a run. */
import { count, duration } from '../core/screen/text.ts';
import { table } from '../core/screen/summary.ts';
import type { RunPlan } from './run-plan.ts';
import type { RunResult } from './run-session.ts';

/** How a run went, as text. */
export function summaryOf(plan: RunPlan, result: RunResult): string {
  const flow = result.observation?.flow;
  const rows = [
    ['time', duration(result.elapsedMs)],
    ...(flow == null
      ? []
      : [
          ['channels', count(flow.roomsWanted)],
          ['messages sent', count(flow.sent)],
          ['messages stored', count(flow.stored)],
          ['gaps', count(flow.gaps)],
          ['alerts sent', count(flow.alertsSent)],
        ]),
    ['restarts', count(result.parts.reduce((sum, { restarts }) => sum + restarts, 0))],
    ['kept in', plan.paths.dir],
  ];
  const figures = rows.map(([label = '', value = '']) => `${label.padEnd(16)} ${value}`);
  return [...figures, ...promises(result.report), result.ending].join('\n');
}

interface Judged {
  readonly promises: readonly {
    readonly name: string;
    readonly held: boolean;
    readonly figures: Readonly<Record<string, number>>;
  }[];
}

function promises(report: unknown): string[] {
  if (report === null || typeof report !== 'object' || !('promises' in report)) return [];
  const rows = (report as Judged).promises.map(({ name, held, figures }) => [
    held ? 'held' : 'BROKEN',
    name,
    Object.entries(figures)
      .map(([label, value]) => `${label} ${count(value)}`)
      .join(', '),
  ]);
  return ['', table(['promise', '', 'by'], rows), ''];
}
