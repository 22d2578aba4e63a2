/** The last words of a run. */
import { count, duration } from '../core/screen/text.ts';
import { printReport } from '../verify/print-report.ts';
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
          ['messages stored', count(flow.stored)],
          ['gaps', count(flow.gaps)],
          ['alerts sent', count(flow.alertsSent)],
        ]),
    ['restarts', count(result.parts.reduce((sum, { restarts }) => sum + restarts, 0))],
    ['kept in', plan.paths.dir],
  ];
  const figures = rows.map(([label = '', value = '']) => `  ${label.padEnd(18)}${value}`);
  const judged = result.report === null ? [] : ['', printReport(result.report)];
  return ['', ...figures, ...judged, result.ending].join('\n');
}
