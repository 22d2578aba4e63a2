/**
 * Three collectors, two processors and two alerters: one of each is killed, one of each is added, all
 * are rolled, one of each is taken away. Nothing of that may cost a message, and what was planned may
 * not even leave a gap: only the rooms of the collector that was killed may have one.
 */
import { caughtUp, judgedByLedger } from '../harness/expectations.ts';
import { worldLoad, type Act, type ScenarioFile } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';
import { gapsOfKillsAlone, noteKill } from './fleet-gaps.ts';

/** Shares of the lines' time at which things are done. */
const AT = {
  kill: { collector: 0.08, processor: 0.16, alerter: 0.22 },
  add: 0.3,
  roll: 0.42,
  remove: 0.86,
} as const;

const KILLED_COLLECTOR = 'collector-2';

export const scenario: ScenarioFile = {
  about: 'Processes of every service are killed, added, rolled and taken away.',
  load: worldLoad({ messagesPerSecond: 1_800, rooms: 120, seconds: 150 }),
  counts: { collectors: 3, processors: 2, alerters: 2 },
  plan: ({ seconds }) => ({
    acts: [...kills(seconds), ...plannedMoves(seconds)],
    expects: [judgedByLedger(), caughtUp({ from: seconds * 0.9, withinSeconds: 10 })],
    inspect: gapsOfKillsAlone,
  }),
};

function kills(seconds: number): Act[] {
  return [
    {
      atSeconds: seconds * AT.kill.collector,
      about: `kill ${KILLED_COLLECTOR}`,
      run: async (stage) => {
        await noteKill(stage, 1);
        await stage.kill(KILLED_COLLECTOR);
      },
    },
    {
      atSeconds: seconds * AT.kill.processor,
      about: 'kill processor-1',
      run: (stage) => stage.kill('processor-1'),
    },
    {
      atSeconds: seconds * AT.kill.alerter,
      about: 'kill alerter-1',
      run: (stage) => stage.kill('alerter-1'),
    },
  ];
}

function plannedMoves(seconds: number): Act[] {
  return [
    {
      atSeconds: seconds * AT.add,
      about: 'add one of each',
      run: async (stage) => {
        await stage.add('collector');
        await stage.add('processor');
        await stage.add('alerter');
      },
    },
    { atSeconds: seconds * AT.roll, about: 'roll all', run: rollAll },
    {
      atSeconds: seconds * AT.remove,
      about: 'remove one of each',
      run: async (stage) => {
        await stage.remove('collector-1');
        await stage.remove('processor-2');
        await stage.remove('alerter-2');
      },
    },
  ];
}

/** One process after another, as a roll-out does it: the next once the last is ready again. */
async function rollAll(stage: Stage): Promise<void> {
  const names = stage.system.parts
    .filter(({ service }) => service !== 'simulator')
    .map(({ name }) => name);
  for (const name of names) {
    const beganAt = stage.atSeconds;
    await stage.roll(name);
    stage.say(`${name} is back after ${(stage.atSeconds - beganAt).toFixed(1)} s`);
  }
}
