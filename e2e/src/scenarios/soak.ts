/**
 * Half an hour at 3,000 messages a second with a kill every 20 seconds, of a part that the seed picks.
 *
 * Every service runs twice. The first of each is among those that are killed; the second lives through
 * everything, so that half an hour of one life shows what leaks. How memory is judged stands in
 * `soak-memory.ts`.
 */
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { SeededRandom } from '@crest/simulator/core/seeded-random';
import { caughtUp, judgedByLedger } from '../harness/expectations.ts';
import {
  worldLoad,
  type Act,
  type Evidence,
  type ScenarioFile,
  type Verdict,
} from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';
import { flatOverLives } from './soak-memory.ts';
import { soakTable } from './soak-table.ts';

const EVERY_SECONDS = 20;
/** What is killed: one of each service, and both servers. */
const MORTAL = ['collector-1', 'processor-1', 'alerter-1', 'kafka', 'database'] as const;
/** Time at the end without kills, to see that everything is caught up by itself. */
const QUIET_SECONDS = 30;

export const scenario: ScenarioFile = {
  about: 'Half an hour of load, and a kill every 20 seconds.',
  load: worldLoad({ messagesPerSecond: 3_000, rooms: 200, seconds: 1_800 }),
  counts: { collectors: 2, processors: 2, alerters: 2 },
  plan: (load, seed) => ({
    acts: killActs(load.seconds, seed),
    expects: [
      judgedByLedger(),
      mostlyUntouched,
      flatOverLives({ mortal: MORTAL, load }),
      caughtUp({ from: load.seconds - QUIET_SECONDS, withinSeconds: 25 }),
    ],
    inspect: async ({ system, samples }) => {
      const file = join(system.plan.dataDir, 'soak.md');
      await writeFile(file, soakTable(samples));
      return [{ name: `the table is in ${file}`, held: true, figures: {} }];
    },
  }),
};

function killActs(seconds: number, seed: number): Act[] {
  const random = new SeededRandom(`${seed}/soak`);
  const acts: Act[] = [];
  for (let at = EVERY_SECONDS; at < seconds - QUIET_SECONDS; at += EVERY_SECONDS) {
    const part = random.pick(MORTAL);
    acts.push({ atSeconds: at, about: `kill ${part}`, run: (stage) => killOnceUp(stage, part) });
  }
  return acts;
}

async function killOnceUp(stage: Stage, part: string): Promise<void> {
  await stage.system.supervisor.untilUp(part);
  await stage.kill(part);
  const count = stage.notes.get('kills') ?? 0;
  stage.note('kills', count + 1);
}

/** Kills of a collector leave gaps; still, four windows of five are as if nothing had been. */
const UNTOUCHED_SHARE = 0.8;

function mostlyUntouched({ report: { windows }, notes }: Evidence): Verdict[] {
  const { equal, touched, expected } = windows;
  const share = Math.round((equal / Math.max(1, expected)) * 1_000) / 1_000;
  return [
    {
      name: 'most windows are untouched',
      held: share >= UNTOUCHED_SHARE,
      figures: { kills: notes.get('kills') ?? 0, untouchedShare: share, touched },
    },
  ];
}
