/**
 * One scenario from an empty directory to its verdict. The directory of the run stays where an
 * expectation broke: logs, samples, ledger and the servers' data.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRun } from '@crest/cli/run/check-run';
import { removeCurrentRun } from '@crest/cli/run/current-run';
import { makeRunDirectory, pruneRuns } from '@crest/cli/run/run-directory';
import type { RulesAndThemes } from '@crest/cli/run/rules-file';
import { planRun, type RunPlan } from '@crest/cli/run/run-plan';
import { RunSession, type RunResult } from '@crest/cli/run/run-session';
import { catchStopSignals, type StopSignals } from '@crest/cli/run/stop-signals';
import type { System } from '@crest/cli/run/system';
import { endLeftOvers } from '@crest/cli/servers/child-registry';
import { lockDirectory } from '@crest/cli/servers/directory-lock';
import type { Display } from '@crest/cli/screen/display';
import { figuresLine } from '@crest/cli/screen/plain-display';
import { plainProgress } from '@crest/cli/setup/progress';
import type { RunReport } from '@crest/cli/verify/run-report';
import { optionsOf, tuningOf } from './load.ts';
import { STEADY_RULES } from './rules.ts';
import type { Act, Expectation, Load, Remains, ScenarioFile, Verdict } from './scenario.ts';
import { Script } from './script.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const PROGRESS_MS = 10_000;

export interface ScenarioRequest {
  readonly name: string;
  readonly file: ScenarioFile;
  readonly seed: number;
  /** Wall seconds of the lines instead of the scenario's own. */
  readonly seconds?: number | undefined;
  /** Messages a second instead of the scenario's own. */
  readonly rate?: number | undefined;
  readonly say: (line: string) => void;
}

export interface ScenarioResult {
  readonly ok: boolean;
  /** For one line. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** For `--json`. */
  readonly whole: object;
}

/** Runs it. Nothing runs any more when it settles. @throws why it could not be run to its end. */
export async function runScenario(request: ScenarioRequest): Promise<ScenarioResult> {
  const { name, file, seed, say } = request;
  const load = changedLoad(request);
  const dataDir = join(REPOSITORY, '.crest', 'e2e', name);
  const options = optionsOf(file, { load, seed, dataDir });
  const bare = planRun(options, rulesOf(file), Date.now());
  const plan = { ...bare, tuning: tuningOf(file, { load, plan: bare }) };
  const lock = await lockDirectory(dataDir);
  try {
    await endLeftOvers(dataDir);
    makeRunDirectory(plan.paths);
    await pruneRuns(dataDir);
    say(`${name}: ${file.about}`);
    const result = await perform({ plan, load, file, seed, say });
    if (result.ok) await rm(plan.paths.dir, { recursive: true, force: true });
    else say(`${name}: everything about this run is in ${plan.paths.dir}`);
    return result;
  } catch (error) {
    say(`${name}: everything about this run is in ${plan.paths.dir}`);
    throw error;
  } finally {
    removeCurrentRun(dataDir);
    lock.release();
  }
}

function rulesOf({ rules, load }: ScenarioFile): RulesAndThemes | null {
  const own = rules ?? (load.kind === 'world' ? STEADY_RULES : undefined);
  return own === undefined ? null : { rules: own, themes: [] };
}

function changedLoad({ file, seconds, rate }: ScenarioRequest): Load {
  const { load } = file;
  const changed = { ...load, seconds: seconds ?? load.seconds };
  if (changed.kind === 'replay' || rate === undefined) return changed;
  return { ...changed, messagesPerSecond: rate };
}

async function perform(options: PerformanceOptions): Promise<ScenarioResult> {
  const { plan, file } = options;
  await file.prepare?.(plan.paths.dir);
  try {
    return await new Performance(options).run();
  } finally {
    await file.clear?.(plan.paths.dir);
  }
}

interface PerformanceOptions {
  readonly plan: RunPlan;
  readonly load: Load;
  readonly file: ScenarioFile;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** A session of `crest up` with a script beside it. */
class Performance {
  readonly #options: PerformanceOptions;
  readonly #failed = Promise.withResolvers<NodeJS.Signals>();
  #error: Error | undefined;
  #script: Script | undefined;
  #system: System | undefined;
  #inspected: readonly Verdict[] = [];

  constructor(options: PerformanceOptions) {
    this.#options = options;
  }

  async run(): Promise<ScenarioResult> {
    const { plan, file, load, seed } = this.#options;
    const { acts, expects, inspect } = file.plan(load, seed);
    const signals = this.#signals();
    try {
      const session = new RunSession({
        plan,
        display: this.#display(acts),
        signals,
        check: async (system, onStep) => {
          const checked = await checkRun(system, onStep);
          this.#inspected = (await inspect?.(this.#remains(system))) ?? [];
          return checked;
        },
        onSystem: (system) => (this.#system = system),
      });
      const result = await session.run();
      if (this.#error !== undefined) throw this.#error;
      return await this.#judge(result, expects);
    } finally {
      signals.dispose();
      await this.#script?.stop();
    }
  }

  #remains(system: System): Remains {
    const { sampler, stage } = this.#script ?? {};
    return { system, samples: sampler?.samples ?? [], notes: stage?.notes ?? new Map() };
  }

  /** Ends by a signal or by an act that failed. */
  #signals(): StopSignals {
    const signals = catchStopSignals(() => {
      void this.#system?.supervisor.killAll().finally(() => process.exit(1));
    });
    void signals.first.then(() => {
      this.#error ??= new Error('stopped by a signal');
    });
    return { ...signals, first: Promise.race([signals.first, this.#failed.promise]) };
  }

  #display(acts: readonly Act[]): Display {
    const { say } = this.#options;
    let shownAtMs = -Infinity;
    let state = '';
    return {
      setup: plainProgress(say),
      notice: say,
      show: (model) => {
        if (model.state === 'running') this.#begin(acts);
        if (model.state === 'checking' || model.state === 'stopping') void this.#script?.stop();
        const nowMs = performance.now();
        if (model.state === state && nowMs - shownAtMs < PROGRESS_MS) return;
        [shownAtMs, state] = [nowMs, model.state];
        say(figuresLine(model));
      },
      close: () => undefined,
    };
  }

  #begin(acts: readonly Act[]): void {
    if (this.#script !== undefined || this.#system === undefined) return;
    const { plan, load, say } = this.#options;
    const samplesFile = join(plan.paths.dir, 'samples.ndjson');
    this.#script = new Script({ system: this.#system, load, acts, samplesFile, say });
    this.#script.play().catch((error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
      this.#failed.resolve('SIGTERM');
    });
  }

  async #judge(result: RunResult, expects: readonly Expectation[]): Promise<ScenarioResult> {
    const { plan, load, say } = this.#options;
    const { report } = result;
    const script = this.#script;
    if (report === null || script === undefined) {
      say(`broken: ${result.ending}`);
      const figures = { ending: result.ending };
      return { ok: false, figures, whole: figures };
    }
    const services = this.#system?.parts
      .filter(({ service }) => service !== 'simulator')
      .map(({ name }) => name);
    const { samples } = script.sampler;
    const evidence = { load, samples, report, services: services ?? [], notes: script.stage.notes };
    const verdicts = [...expects.flatMap((expect) => expect(evidence)), ...this.#inspected];
    await writeFile(plan.paths.report, `${JSON.stringify({ report, verdicts }, null, 2)}\n`);
    for (const verdict of verdicts.filter(({ held }) => !held)) say(brokenLine(verdict));
    return {
      ok: verdicts.every(({ held }) => held),
      figures: figuresOf(report, verdicts),
      whole: { report, verdicts },
    };
  }
}

function brokenLine({ name, figures }: Verdict): string {
  return `broken: ${name} (${inWords(figures)})`;
}

function inWords(figures: Verdict['figures']): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}

/** The line at the end: what the ledger says, and what the expectations measured. */
function figuresOf(report: RunReport, verdicts: readonly Verdict[]): Record<string, unknown> {
  const { sent, stored, lost, inGaps, gaps, doubled, resent, unknown, windows, alerts } = report;
  return {
    ...{ sent, stored, lost, inGaps, gaps, doubled, resent, unknown },
    windows: `${windows.equal}+${windows.touched}/${windows.expected}`,
    alerts: `${alerts.delivered}/${alerts.expected}`,
    ...Object.fromEntries(verdicts.flatMap(({ figures }) => Object.entries(figures))),
    held: `${verdicts.filter(({ held }) => held).length}/${verdicts.length}`,
  };
}
