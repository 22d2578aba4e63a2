/** What a load means for `crest up`: its options, its variables and its clock of event time. */
import type { EventClockSetting } from '@crest/shared/event-clock';
import type { RunPlan, RunTuning } from '@crest/cli/run/run-plan';
import { parseUpOptions, type UpOptions } from '@crest/cli/run/up-options';
import type { Load, ScenarioFile } from './scenario.ts';

const HOUR_MS = 3_600_000;
/** Wall time for everything to come up and every room to be read, with one broker and with three. */
const START_MS = { 1: 40_000, 3: 75_000 } as const;
/** Share of the messages of a made-up world that are no reactions, measured over several seeds. */
const EVEN_TALK = 0.6;
/** Wall time that the last lines may be late. */
const SLACK_MS = 5_000;

/** The options of a run of this load. */
export function optionsOf(
  { counts = {} }: ScenarioFile,
  { load, seed, dataDir }: { load: Load; seed: number; dataDir: string },
): UpOptions {
  const copies = {
    collectors: String(counts.collectors ?? 1),
    processors: String(counts.processors ?? 1),
    alerters: String(counts.alerters ?? 1),
  };
  const common = { data: dataDir, seed: String(seed), untilDone: true, screen: false } as const;
  const speed = speedOf(load);
  return parseUpOptions({
    ...common,
    ...copies,
    ...(load.kind === 'replay' ? { replay: load.dir } : {}),
    speed: String(speed),
    span: `${load.seconds * speed}s`,
  });
}

/** What the services of a scenario are told beyond that. */
export function tuningOf(
  { variables, brokers, proxied }: ScenarioFile,
  { load, plan }: { load: Load; plan: RunPlan },
): RunTuning {
  const runDir = plan.paths.dir;
  return {
    variables: (service, name) => ({
      ...(service === 'simulator' ? { CREST_START_RULE: 'manual', ...worldVariables(load) } : {}),
      ...variables?.({ service, name, runDir }),
    }),
    ...(brokers === undefined ? {} : { brokers }),
    ...(proxied === undefined ? {} : { proxied }),
    ...(load.kind === 'world'
      ? { eventClock: (wallNowMs: number) => clockOf(load, wallNowMs, START_MS[brokers ?? 1]) }
      : {}),
  };
}

/** Event seconds in a wall second. */
export function speedOf(load: Load): number {
  return load.speed ?? 1;
}

function worldVariables(load: Load): Record<string, string> {
  if (load.kind !== 'world') return {};
  return {
    CREST_WORLD_ROOMS: String(load.rooms),
    CREST_WORLD_MESSAGES_PER_SECOND: String(
      Math.round((load.messagesPerSecond * EVEN_TALK) / speedOf(load)),
    ),
  };
}

/**
 * Event time so that its hour ends soon after the last line: only then is every window final, and
 * nobody wants to wait for the wall clock's hour. It lies in the past, and goes as fast as life
 * unless told otherwise.
 */
export function clockOf(
  load: Load,
  wallNowMs: number,
  startMs: number = START_MS[1],
): NonNullable<EventClockSetting> {
  const speed = speedOf(load);
  const hourMs = Math.floor(wallNowMs / HOUR_MS) * HOUR_MS;
  const eventAnchorMs = hourMs - (startMs + load.seconds * 1_000 + SLACK_MS) * speed;
  return { wallAnchorMs: wallNowMs, eventAnchorMs, speed };
}

/** Whether lines that start at this event time are over before their hour is. */
export function endsInItsHour(loadSeconds: number, eventNowMs: number): boolean {
  const hour = Math.floor(eventNowMs / HOUR_MS);
  return Math.floor((eventNowMs + loadSeconds * 1_000 + 1_000) / HOUR_MS) === hour;
}
