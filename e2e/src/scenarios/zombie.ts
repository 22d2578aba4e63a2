/**
 * Processes are stopped for longer than their session lasts, and then go on as if nothing had been:
 * first while another of their kind takes over, then alone. What they still had in hand is old by
 * then, and must not write over what is newer: not in MongoDB, not on `channel.windows`, and nobody
 * is told twice.
 */
import {
  worldLoad,
  type Act,
  type Evidence,
  type ScenarioFile,
  type Verdict,
} from '../harness/scenario.ts';
import { readersSeeWhatIsStored } from './zombie-windows.ts';

/** What is stopped when, for how long, as seconds of 150: longer than sessions (6) and leases (20). */
const WITH_ANOTHER = [
  { part: 'collector-1', from: 8, seconds: 12 },
  { part: 'alerter-1', from: 12, seconds: 26 },
  { part: 'processor-1', from: 26, seconds: 14 },
] as const;
const ALONE_FROM = 56;
const ALONE = [
  { part: 'processor-1', from: 70, seconds: 13 },
  { part: 'alerter-1', from: 92, seconds: 26 },
  { part: 'collector-1', from: 104, seconds: 12 },
] as const;
const OF_SECONDS = 150;

type Stop = (typeof WITH_ANOTHER)[number] | (typeof ALONE)[number];

export const scenario: ScenarioFile = {
  about: 'Processes of every service sleep past their session and wake up again.',
  load: worldLoad({ messagesPerSecond: 1_000, rooms: 80, seconds: OF_SECONDS }),
  counts: { collectors: 2, processors: 2, alerters: 2 },
  plan: ({ seconds }) => {
    const scale = seconds / OF_SECONDS;
    return {
      acts: [
        ...[...WITH_ANOTHER, ...ALONE].flatMap((stop) => actsOf(stop, scale)),
        {
          atSeconds: ALONE_FROM * scale,
          about: 'leave one of each',
          run: async (stage) => {
            for (const service of ['collector', 'processor', 'alerter']) {
              await stage.remove(`${service}-2`);
            }
          },
        },
      ],
      expects: [judgedButForLateAlerts, toldOnce, alertsWrongOnlyWhereLate],
      inspect: readersSeeWhatIsStored,
    };
  },
};

function actsOf({ part, from, seconds }: Stop, scale: number): Act[] {
  return [
    { atSeconds: from * scale, about: `stop ${part}`, run: (stage) => stage.pause(part) },
    {
      // Sessions do not shrink with the run.
      atSeconds: from * scale + seconds,
      about: `wake ${part}`,
      run: (stage) => stage.resume(part),
    },
  ];
}

/**
 * A collector that wakes up writes what lay in its sockets, after its successor has moved time past it.
 * Windows are corrected, alerts that were decided without those lines are not taken back.
 */
const ALERTS = ['everybody told', 'nobody told in vain'];
/** The longest cool-down of the rules: an episode begins with its end where the sum is still high. */
const COOL_DOWN_SECONDS = 60;
/** Differences of a kind of which the report keeps examples. */
const EXAMPLES_MAX = 20;

function judgedButForLateAlerts({ report }: Evidence): Verdict[] {
  return report.promises
    .filter(({ name }) => !ALERTS.includes(name))
    .map(({ name, held, figures }) => ({ name, held, figures }));
}

function alertsWrongOnlyWhereLate({ report }: Evidence): Verdict[] {
  const { alerts, examples, disturbances } = report;
  const sleeps = disturbances
    .filter(({ kind, service }) => kind === 'pause' && service === 'collector')
    .map(({ atMs, lastedMs }) => ({
      from: atMs / 1_000 - 1,
      to: (atMs + lastedMs) / 1_000 + COOL_DOWN_SECONDS,
    }));
  const wrong = [...(examples.missedAlert ?? []), ...(examples.unexpectedAlert ?? [])];
  const elsewhere = wrong.filter(
    ({ second }) => !sleeps.some(({ from, to }) => Number(second) >= from && Number(second) <= to),
  );
  const { missed, unexpected } = alerts;
  return [
    {
      name: 'alerts differ only where lines came late',
      held: elsewhere.length === 0 && missed <= EXAMPLES_MAX && unexpected <= EXAMPLES_MAX,
      figures: { missed, unexpected, elsewhere: elsewhere.length },
    },
  ];
}

/** Nothing was killed: there is no excuse for telling anybody twice. */
function toldOnce({ report: { alerts } }: Evidence): Verdict[] {
  const { repeated } = alerts;
  return [{ name: 'nobody was told twice', held: repeated === 0, figures: { repeated } }];
}
