/**
 * What a scenario is: a load, a script of acts, and what must hold in the end.
 *
 * To add one, write `scenarios/NAME.ts` that exports `scenario`, a `ScenarioFile`, and put it into the
 * table of `main.ts`. `npm run e2e -- NAME` then brings the whole system up on embedded servers, starts
 * the lines of the pretend Twitch once every room is read, does each act at its second, samples every
 * process once a second, waits until everything is worked off, judges the run by the ledger
 * (`cli/src/verify`), and asks each expectation whether it held.
 *
 *     export const scenario: ScenarioFile = {
 *       about: 'A processor is killed under load.',
 *       load: worldLoad({ seconds: 90 }),
 *       counts: { processors: 2 },
 *       plan: ({ seconds }) => ({
 *         acts: [{ atSeconds: seconds / 3, about: 'kill', run: (stage) => stage.kill('processor-1') }],
 *         expects: [...judgedByLedger(), noGaps(), caughtUp({ from: seconds / 3, withinSeconds: 10 })],
 *       }),
 *     };
 *
 * Times of acts and samples are wall seconds since the first line. `plan` gets the load with what
 * `--seconds` and `--rate` changed, so that acts can be placed in proportion. Ready-made expectations
 * are in `expectations.ts` and `readings.ts`; an expectation is any function from the evidence to
 * verdicts. What acts can do is in `stage.ts`.
 */
import type { Pair } from '@crest/cli/core/chaos/pairs';
import type { RunReport } from '@crest/cli/verify/run-report';
import type { Rule } from '@crest/shared/domain/rule';
import type { ServiceName } from '@crest/cli/run/service-settings';
import type { System } from '@crest/cli/run/system';
import type { Sample } from './sample.ts';
import type { Stage } from './stage.ts';

/** What is played: a made-up world, or recorded chats. */
export type Load = WorldLoad | ReplayLoad;

export interface WorldLoad {
  readonly kind: 'world';
  readonly rooms: number;
  /** About how many there are: half is even talk, half reactions to what happens. */
  readonly messagesPerSecond: number;
  /** Wall time of the lines. */
  readonly seconds: number;
  /** Seconds of event time in a second of wall time; default 1. */
  readonly speed?: number;
}

export interface ReplayLoad {
  readonly kind: 'replay';
  readonly dir: string;
  readonly speed: number;
  /** Wall time of the lines; `speed` times as much is played of each log. */
  readonly seconds: number;
}

/** 2,000 messages a second in 200 rooms for 150 seconds, unless told otherwise. */
export function worldLoad(change: Partial<Omit<WorldLoad, 'kind'>> = {}): WorldLoad {
  return { kind: 'world', rooms: 200, messagesPerSecond: 2_000, seconds: 150, ...change };
}

/** One thing that is done to the system. */
export interface Act {
  readonly atSeconds: number;
  /** In a few words, for the progress line. */
  readonly about: string;
  readonly run: (stage: Stage) => Promise<unknown>;
}

/** Everything that an expectation may look at. */
export interface Evidence {
  readonly load: Load;
  readonly samples: readonly Sample[];
  readonly report: RunReport;
  /** Names of all processes of our services, also of those added by acts. */
  readonly services: readonly string[];
  /** What acts noted for later (`Stage.note`). */
  readonly notes: ReadonlyMap<string, number>;
}

export interface Verdict {
  readonly name: string;
  readonly held: boolean;
  readonly figures: Readonly<Record<string, number | string | null>>;
}

export type Expectation = (evidence: Evidence) => readonly Verdict[];

export interface ScenarioPlan {
  /** In any order. */
  readonly acts: readonly Act[];
  readonly expects: readonly Expectation[];
  /** Looks at what the run left, once it is judged: Kafka and the database still run. */
  readonly inspect?: (remains: Remains) => Promise<readonly Verdict[]>;
}

/** What is there when a run is over. */
export interface Remains {
  readonly system: System;
  readonly samples: readonly Sample[];
  /** What acts noted (`Stage.note`). */
  readonly notes: ReadonlyMap<string, number>;
}

/** What a process is, where its variables depend on it. */
export interface ProcessPlace {
  readonly service: ServiceName;
  /** `collector-2`. */
  readonly name: string;
  /** Directory of the run, for what must outlive the process. */
  readonly runDir: string;
}

export interface ScenarioFile {
  /** What happens, in a sentence. */
  readonly about: string;
  readonly load: Load;
  /** Processes of each service; one where left out. */
  readonly counts?: {
    readonly collectors?: number;
    readonly processors?: number;
    readonly alerters?: number;
  };
  /** Three with factor 3 and two in-sync copies (`kafka-1` to `kafka-3`), or the usual one. */
  readonly brokers?: 3;
  /** Connections that go through proxies: `stage.system.proxies`. */
  readonly proxied?: readonly Pair[];
  /** Default `STEADY_RULES` in a made-up world, those of the demo in a replay. */
  readonly rules?: readonly Rule[];
  /** Variables beyond those that the process gets anyway. */
  readonly variables?: (place: ProcessPlace) => Readonly<Record<string, string>>;
  /** Called before anything runs, with the directory of the run. */
  readonly prepare?: (runDir: string) => Promise<void>;
  /** Called after everything has ended, whatever happened. */
  readonly clear?: (runDir: string) => Promise<void>;
  readonly plan: (load: Load, seed: number) => ScenarioPlan;
}
