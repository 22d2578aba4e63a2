/** `crest up --kill`, `--pause`, `--cut`: at every interval one act, drawn by the seed. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  ChaosDice,
  type ChaosChoice,
  type ChaosPlan,
  type Target,
} from '../core/chaos/chaos-plan.ts';
import type { During, RunUnderWay } from '../run/run-session.ts';
import { DATABASE_PART, kafkaParts } from '../run/servers.ts';
import type { System } from '../run/system.ts';

const LOOK_EVERY_MS = 200;

/** What is done to a run by a plan: from its first line to its last. */
export function chaosOf(plan: ChaosPlan, seed: number): During {
  return async (run) => {
    const dice = new ChaosDice(plan.choices, seed);
    const woken: Promise<void>[] = [];
    const over = new AbortController();
    try {
      while (await linesGoOnFor(run, plan.everyMs)) {
        const act = nextAct(run.system, dice);
        if (act === null) run.notice('chaos: nothing runs that could be disturbed');
        else woken.push(perform(act, plan, run, over.signal));
      }
    } finally {
      over.abort();
      await Promise.all(woken);
    }
  };
}

/** An act with its victim. */
type Act =
  | { readonly kind: 'kill' | 'pause'; readonly part: string }
  | Extract<ChaosChoice, { kind: 'cut' }>;

/** A part that is being started is not disturbed again: its turn comes when it runs. */
function nextAct(system: System, dice: ChaosDice): Act | null {
  const running = (target: Target): string[] =>
    partsOf(system, target).filter((part) => system.supervisor.stateOf(part) === 'up');
  const choice = dice.choice((each) => each.kind === 'cut' || running(each.target).length > 0);
  if (choice === null || choice.kind === 'cut') return choice;
  return { kind: choice.kind, part: dice.process(running(choice.target)) };
}

function partsOf(system: System, target: Target): readonly string[] {
  switch (target) {
    case 'kafka':
      return kafkaParts(system.plan);
    case 'mongodb':
      return [DATABASE_PART];
    default:
      return system.parts.filter(({ service }) => service === target).map(({ name }) => name);
  }
}

/** Does it. Settles when nothing of it lasts any more: a pause ends early when all is over. */
async function perform(
  act: Act,
  { pauseForMs }: ChaosPlan,
  { system, notice }: RunUnderWay,
  over: AbortSignal,
): Promise<void> {
  switch (act.kind) {
    case 'kill':
      notice(`chaos: ${act.part} is killed`);
      await system.supervisor.kill(act.part);
      break;
    case 'pause':
      notice(`chaos: ${act.part} is paused for ${pauseForMs / 1_000} s`);
      system.supervisor.pause(act.part);
      await delay(pauseForMs, undefined, { signal: over }).catch(() => undefined);
      system.supervisor.resume(act.part);
      break;
    case 'cut':
      notice(`chaos: ${act.pair} is cut, ${system.cut(act.pair)} connections`);
      break;
  }
}

/** Waits; whether lines are still being sent then. */
async function linesGoOnFor(run: RunUnderWay, ms: number): Promise<boolean> {
  const untilMs = performance.now() + ms;
  while (run.observation().facts.phase === 'playing' && !run.signal.aborted) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return true;
    await delay(Math.min(LOOK_EVERY_MS, leftMs), undefined, { signal: run.signal }).catch(
      () => undefined,
    );
  }
  return false;
}
