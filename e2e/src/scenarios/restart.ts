/**
 * A processor is killed several times at 5,000 messages a second, and told to stop once: each time it
 * is caught up within ten seconds, the time in which the group notices included, with the baselines of
 * its detector as if nothing had been.
 *
 * Event time goes four times as fast as life, because the detector wants minutes of history.
 */
import { SeededRandom } from '@crest/simulator/core/seeded-random';
import { caughtUp, judgedByLedger, noGaps } from '../harness/expectations.ts';
import {
  worldLoad,
  type Evidence,
  type Expectation,
  type ScenarioFile,
  type Verdict,
} from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

const SPEED = 4;
/** When it is killed, as shares of the lines' time, and by how much the seed changes that. */
const KILLS = [0.2, 0.45, 0.65];
const JITTER = 0.06;
const ROLL = 0.85;
const CAUGHT_UP_SECONDS = 10;
/** The service's own time to drain, and that of a start. */
const ROLL_SECONDS = 20;

export const scenario: ScenarioFile = {
  about: 'A processor is killed again and again at 5,000 messages a second, and rolled.',
  load: worldLoad({ messagesPerSecond: 5_000, seconds: 110, speed: SPEED }),
  plan: ({ seconds }, seed) => {
    const random = new SeededRandom(`${seed}/restart`);
    const kills = KILLS.map((share) => seconds * (share + JITTER * random.fraction()));
    return {
      acts: [
        ...kills.map((atSeconds) => ({
          atSeconds,
          about: 'kill the processor',
          run: (stage: Stage) => stage.kill('processor'),
        })),
        {
          atSeconds: seconds * ROLL,
          about: 'roll the processor',
          run: async (stage) => {
            const beganAt = stage.atSeconds;
            await stage.roll('processor');
            stage.note('rollSeconds', stage.atSeconds - beganAt);
          },
        },
      ],
      expects: [
        judgedByLedger(),
        noGaps(),
        ...kills.map((from, index) =>
          numbered(caughtUp({ from, withinSeconds: CAUGHT_UP_SECONDS }), `kill${index + 1}`),
        ),
        numbered(caughtUp({ from: seconds * ROLL, withinSeconds: CAUGHT_UP_SECONDS }), 'roll'),
        drained,
        nothingRepeated,
      ],
    };
  },
};

/** The same expectation under a name of its own, where there are several of it. */
function numbered(expectation: Expectation, of: string): Expectation {
  return (evidence) =>
    expectation(evidence).map(({ name, held, figures }): Verdict => ({
      name: `${of}: ${name}`,
      held,
      figures: Object.fromEntries(
        Object.entries(figures).map(([figure, value]) => [`${of}.${figure}`, value]),
      ),
    }));
}

/** It left by itself and was back, instead of being killed at its deadline. */
function drained({ notes }: Evidence): Verdict[] {
  const rollSeconds = Math.round((notes.get('rollSeconds') ?? Infinity) * 10) / 10;
  return [{ name: 'drains in time', held: rollSeconds < ROLL_SECONDS, figures: { rollSeconds } }];
}

/** Every spike of the recount was found, with its numbers, and nobody was told twice. */
function nothingRepeated({ report: { spikes, alerts } }: Evidence): Verdict[] {
  const { found, recount, equal } = spikes;
  return [
    {
      name: 'the detector needs no warm-up',
      held: recount > 0 && found === recount && equal === recount,
      figures: { spikes: `${equal}/${recount}` },
    },
    {
      name: 'no alert is repeated',
      held: alerts.repeated === 0,
      figures: { repeated: alerts.repeated },
    },
  ];
}
