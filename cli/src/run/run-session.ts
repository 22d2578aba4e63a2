/**
 * One run from its lock to its last word: brings the system up, watches it until it is told to
 * stop or is done, stops it, and says how it went.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT, type ExitCode } from '../cli-error.ts';
import {
  stageOf,
  standingStage,
  watchProgress,
  type ProgressWatch,
  type RunFacts,
} from '../core/run-progress.ts';
import type { ScreenModel } from '../core/screen/model.ts';
import { environment } from '../environment.ts';
import type { Display } from '../screen/display.ts';
import { cacheDirectory } from '../setup/setup-context.ts';
import type { RunReport } from '../verify/run-report.ts';
import { aboutRun } from './about-run.ts';
import { Observer, type Observation } from './observer.ts';
import type { RunPlan } from './run-plan.ts';
import type { StopSignals } from './stop-signals.ts';
import { partNotice } from './part-notice.ts';
import { System } from './system.ts';

export interface RunResult {
  readonly exitCode: ExitCode;
  /** How it ended, in a sentence. */
  readonly ending: string;
  readonly elapsedMs: number;
  readonly observation: Observation | null;
  readonly parts: ScreenModel['parts'];
  /** What `check` said of a run that was done; null for one that was stopped before. */
  readonly report: RunReport | null;
}

/** A run while its lines are sent, for whoever does something to it. */
export interface RunUnderWay {
  readonly system: System;
  /** Aborts when the run ends, for whatever reason. */
  readonly signal: AbortSignal;
  /** How things were at the last look, at most half a second ago where nothing is away. */
  observation(): Observation;
  /** Shows a line on the screen. */
  notice(text: string): void;
}

/**
 * What is done to a run while it lasts: called once every room is joined and lines are sent. The
 * run is not done before it settles, and fails when it rejects. It must settle soon when the signal
 * aborts: nothing is stopped before.
 */
export type During = (run: RunUnderWay) => Promise<void>;

/** Judges a run whose services have stopped and whose servers still run. */
export type CheckRun = (
  system: System,
  onStep: (text: string) => void,
) => Promise<{ report: RunReport; held: boolean }>;

export interface SessionOptions {
  readonly plan: RunPlan;
  readonly display: Display;
  readonly signals: StopSignals;
  readonly check: CheckRun;
  readonly during?: During | undefined;
  /** Called with the system before anything of it runs. */
  readonly onSystem: (system: System) => void;
}

const LOOK_EVERY_MS = 500;
const LAST_LOOK_MS = 3_000;

type Ending =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'done' }
  | { readonly kind: 'stands'; readonly stage: string }
  | { readonly kind: 'failed'; readonly error: Error };

const NOTHING_SEEN = { flow: null, spikes: [], alerts: [], replay: null };

export class RunSession {
  readonly #options: SessionOptions;
  readonly #system: System;
  readonly #startedAtMs = performance.now();
  readonly #stop = new AbortController();
  #state: ScreenModel['state'] = 'setting up';
  #observer: Observer | null = null;
  #observation: Observation | null = null;
  #report: RunReport | null = null;
  #checking = '';
  /** What is done to the run meanwhile: not begun, under way, or over. */
  #during: 'to come' | 'under way' | 'over';
  /** Settles when nothing is done to the run any more; never rejects. */
  #interfering: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
    const { display, plan } = options;
    this.#during = options.during === undefined ? 'over' : 'to come';
    this.#system = new System(plan, {
      setup: {
        cacheDir: cacheDirectory(environment()),
        env: environment(),
        progress: display.setup,
        signal: this.#stop.signal,
      },
      onPart: (event) => display.notice(partNotice(event)),
    });
    options.onSystem(this.#system);
  }

  /** Runs to the end. Nothing runs any more when it settles. @throws why it could not start. */
  async run(): Promise<RunResult> {
    const screen = setInterval(() => this.#show(), LOOK_EVERY_MS);
    try {
      const ending = await this.#untilItEnds();
      return await this.#finish(ending);
    } finally {
      this.#state = 'stopping';
      this.#show();
      await this.#system.stop();
      clearInterval(screen);
      this.#show();
    }
  }

  async #untilItEnds(): Promise<Ending> {
    const { signals } = this.#options;
    const stopped = signals.first.then((): Ending => ({ kind: 'stopped' }));
    const failed = this.#system.supervisor.failed.then((error): Ending => ({
      kind: 'failed',
      error,
    }));
    const interfered = Promise.withResolvers<never>();
    const running = this.#startAndWatch(interfered.reject);
    try {
      return await Promise.race([stopped, failed, running, interfered.promise]);
    } finally {
      // Whatever is still starting, waiting or looking ends here, before anything is stopped.
      this.#stop.abort();
      await running.catch(() => undefined);
      await this.#interfering;
    }
  }

  async #startAndWatch(onInterference: (error: unknown) => void): Promise<Ending> {
    this.#show();
    this.#state = 'starting';
    await this.#system.start(this.#stop.signal);
    this.#state = 'running';
    const observer = new Observer(this.#system, () => performance.now());
    this.#observer = observer;
    const { untilDone } = this.#system.plan.options;
    let watch: ProgressWatch | null = null;
    while (!this.#stop.signal.aborted) {
      this.#observation = await observer.look();
      const { facts } = this.#observation;
      this.#state = stateOf(facts);
      this.#show();
      if (facts.phase !== 'waiting') this.#beginDuring(onInterference);
      watch = watchProgress(watch, facts, performance.now());
      if (untilDone) {
        const ending = this.#endingOf(facts, watch);
        if (ending !== null) return ending;
      }
      await delay(LOOK_EVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    return { kind: 'stopped' };
  }

  /** How a run that is to end by itself ends, if it does now. */
  #endingOf(facts: RunFacts, watch: ProgressWatch): Ending | null {
    if (stageOf(facts) === null) return this.#during === 'over' ? { kind: 'done' } : null;
    const stage = standingStage(watch, performance.now());
    return stage === null ? null : { kind: 'stands', stage };
  }

  #beginDuring(onError: (error: unknown) => void): void {
    const { during, display } = this.#options;
    if (this.#during !== 'to come' || during === undefined) return;
    this.#during = 'under way';
    this.#interfering = during({
      system: this.#system,
      signal: this.#stop.signal,
      observation: () => present(this.#observation),
      notice: (text) => display.notice(text),
    }).then(() => {
      this.#during = 'over';
    }, onError);
  }

  async #finish(ending: Ending): Promise<RunResult> {
    switch (ending.kind) {
      case 'failed':
        throw new CliError(ending.error.message, EXIT.failed, { cause: ending.error });
      case 'stands':
        return this.#result(
          EXIT.noProgress,
          `Nothing moved for two minutes; the stage that stands is "${ending.stage}".`,
        );
      case 'stopped':
        return this.#stopEarly();
      case 'done':
        return this.#checkRun();
    }
  }

  async #stopEarly(): Promise<RunResult> {
    this.#state = 'stopping';
    this.#show();
    await this.#system.stopServices();
    // What was under way has been worked off: these are the last figures. That reading ended is
    // a gap in every room, but none that anybody need hear of.
    const gaps = this.#observation?.flow.gaps ?? null;
    const last = await this.#lastLook();
    if (last !== null) this.#observation = { ...last, flow: { ...last.flow, gaps } };
    const early = this.#system.plan.options.untilDone;
    const ending = early ? 'Stopped before it was done.' : 'Stopped.';
    return this.#result(early ? EXIT.failed : EXIT.ok, ending);
  }

  /** The figures at the end, if the database gives them soon: who stops does not want to wait. */
  async #lastLook(): Promise<Observation | null> {
    const patience = new AbortController();
    const given = delay(LAST_LOOK_MS, null, { signal: patience.signal }).catch(() => null);
    const last = await Promise.race([this.#observer?.lookOnceMore() ?? null, given]);
    patience.abort();
    return last;
  }

  async #checkRun(): Promise<RunResult> {
    this.#state = 'checking';
    this.#show();
    await this.#system.stopDoneServices();
    await this.#system.stopSimulator();
    const { report, held } = await this.#options.check(this.#system, (text) => {
      this.#checking = text;
    });
    this.#report = report;
    return held
      ? this.#result(EXIT.ok, 'Done: every promise held.')
      : this.#result(EXIT.failed, 'Done, but a promise was broken.');
  }

  #result(exitCode: ExitCode, ending: string): RunResult {
    return {
      exitCode,
      ending,
      elapsedMs: performance.now() - this.#startedAtMs,
      observation: this.#observation,
      parts: this.#system.supervisor.statuses,
      report: this.#report,
    };
  }

  #show(): void {
    const { inboxUrl, prometheusUrl, supervisor, plan } = this.#system;
    const links = [
      { label: 'inbox', url: inboxUrl },
      { label: 'metrics', url: prometheusUrl },
    ].flatMap(({ label, url }) => (url === null ? [] : [{ label, url }]));
    this.#options.display.show({
      about: aboutRun(plan.options),
      state: this.#state,
      elapsedMs: performance.now() - this.#startedAtMs,
      activity: this.#activity(this.#observation?.facts ?? null),
      links,
      parts: supervisor.statuses,
      ...(this.#observation ?? NOTHING_SEEN),
      ...(this.#state === 'checking' || this.#state === 'stopping' ? { replay: null } : {}),
      notices: [],
    });
  }

  #activity(facts: RunFacts | null): string | null {
    if (this.#state === 'checking') return `comparing with what was sent: ${this.#checking}`;
    if (facts === null || this.#system.plan.options.mode === 'live') return null;
    const stage = stageOf(facts);
    return stage === null || stage === 'sending' ? null : stage;
  }
}

function stateOf(facts: RunFacts): ScreenModel['state'] {
  return facts.phase === 'tail' ? 'finishing' : 'running';
}

function present(observation: Observation | null): Observation {
  if (observation === null) throw new Error('nothing was looked at yet');
  return observation;
}
