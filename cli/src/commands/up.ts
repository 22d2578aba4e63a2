/** `crest up`: one run, from an empty machine to its last word. */
import { writeFileSync } from 'node:fs';
import { chaosOf } from '../chaos/chaos.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import { liveDisplay } from '../screen/live-display.ts';
import { plainDisplay } from '../screen/plain-display.ts';
import type { Display } from '../screen/display.ts';
import { removeCurrentRun } from '../run/current-run.ts';
import { makeRunDirectory, pruneRuns } from '../run/run-directory.ts';
import { planRun, type RunPlan } from '../run/run-plan.ts';
import { RunSession, type RunResult } from '../run/run-session.ts';
import { readRulesFile } from '../run/rules-file.ts';
import { catchStopSignals } from '../run/stop-signals.ts';
import { summaryOf } from '../run/summary.ts';
import type { System } from '../run/system.ts';
import { parseUpOptions, type RawUpOptions } from '../run/up-options.ts';
import { checkRun } from '../run/check-run.ts';
import { endLeftOvers } from '../servers/child-registry.ts';
import { lockDirectory } from '../servers/directory-lock.ts';
import type { Output } from '../output.ts';

/** Runs the system until it is stopped or done. @throws CliError and what setup and servers throw. */
export async function up(raw: RawUpOptions, output: Output): Promise<ExitCode> {
  const options = parseUpOptions(raw);
  const rulesFile =
    options.rulesFile === null ? null : readRulesFile(options.rulesFile, Date.now());
  const plan = planRun(options, rulesFile, Date.now());
  const lock = await lockDirectory(plan.dataDir);
  let system: System | undefined;
  const display = displayFor(plan, output);
  const signals = catchStopSignals(() => {
    display.close();
    void (system?.supervisor.killAll() ?? Promise.resolve()).finally(() => {
      lock.release();
      process.exit(EXIT.failed);
    });
  });
  try {
    await tidyUp(plan, display);
    const session = new RunSession({
      plan,
      display,
      signals,
      check: checkRun,
      during: options.chaos === null ? undefined : chaosOf(options.chaos, options.seed),
      onSystem: (made) => (system = made),
    });
    const result = await session.run();
    display.close();
    tell(plan, result, output);
    return result.exitCode;
  } finally {
    display.close();
    signals.dispose();
    removeCurrentRun(plan.dataDir);
    lock.release();
  }
}

async function tidyUp(plan: RunPlan, display: Display): Promise<void> {
  const ended = await endLeftOvers(plan.dataDir);
  if (ended.length > 0) {
    const names = ended.map(({ name, pid }) => `${name} (${pid})`).join(', ');
    display.notice(`Ended what a run that was killed had left behind: ${names}.`);
  }
  makeRunDirectory(plan.paths);
  await pruneRuns(plan.dataDir);
}

function displayFor({ options }: RunPlan, output: Output): Display {
  const { screen, json } = options;
  if (screen && !json && output.terminal !== null) {
    return liveDisplay(output.terminal, () => performance.now());
  }
  return plainDisplay(
    (line) => output.note(line),
    () => performance.now(),
  );
}

function tell(plan: RunPlan, result: RunResult, output: Output): void {
  const { reportFile, json } = plan.options;
  if (result.report !== null) {
    const text = `${JSON.stringify(result.report, null, 2)}\n`;
    writeFileSync(plan.paths.report, text);
    if (reportFile !== null) writeFileSync(reportFile, text);
  }
  if (json) output.json({ runId: plan.runId, ...jsonResult(result) });
  else output.print(summaryOf(plan, result));
}

function jsonResult({ exitCode, ending, elapsedMs, parts, report, observation }: RunResult) {
  return {
    exitCode,
    ending,
    elapsedMs: Math.round(elapsedMs),
    parts,
    report,
    flow: observation?.flow,
  };
}
