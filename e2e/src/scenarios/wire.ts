/**
 * Every fault of the pretend Twitch, in an order that the seed fixes, while lines flow and one room
 * has 500 of them a second.
 *
 * Some faults bring lines so late that alerts and spikes were decided without them, which nothing
 * takes back (`docs/reference/semantics.md`, Windows): those are not judged here. Windows are.
 */
import { FAULT_KINDS, type FaultOrder } from '@crest/simulator/core/faults';
import { SeededRandom } from '@crest/simulator/core/seeded-random';
import { caughtUp } from '../harness/expectations.ts';
import {
  worldLoad,
  type Act,
  type Evidence,
  type ScenarioFile,
  type Verdict,
} from '../harness/scenario.ts';

const BUSIEST_PER_SECOND = 500;
/** Few rooms to a connection, so that there are connections enough to pick from. */
const ROOMS_PER_CONNECTION = 5;
/** Rooms of one lost connection are read again within this; a half-open one is noticed after 15 s. */
const ROOM_BACK_SECONDS = 35;

/**
 * Stamps from a future that the collector takes for a clock a little ahead: their lines vouch for no
 * moment after they were read, or what a cut within that time costs would lie in no gap.
 */
function nearFuture(byMs: number): FaultOrder {
  return { fault: 'bend-stamps', forMs: 4_000, chance: 0.01, byMs };
}

/** Faults that belong together are ordered together. */
const ORDERS: readonly (readonly FaultOrder[])[] = [
  [{ fault: 'cut', connections: 2 }],
  [{ fault: 'cut-mid-line', connections: 1 }],
  [{ fault: 'cut-mid-frame', connections: 1 }],
  [{ fault: 'half-open', connections: 1 }],
  [{ fault: 'delay', connections: 1, forMs: 4_000 }],
  [{ fault: 'duplicate', connections: 'all', forMs: 4_000, chance: 0.5 }],
  [{ fault: 'reorder', connections: 'all', forMs: 4_000, chance: 0.3 }],
  [{ fault: 'reconnect', connections: 2, afterMs: 5_000 }],
  [{ fault: 'malformed', connections: 'all', lines: 8 }],
  [{ fault: 'ban', connections: 1, forMs: 5_000 }],
  [
    { fault: 'refuse-joins', forMs: 4_000, how: 'silent' },
    { fault: 'cut', connections: 1 },
  ],
  [
    { fault: 'refuse-joins', forMs: 4_000, how: 'suspended' },
    { fault: 'cut', connections: 1 },
  ],
  [{ fault: 'bend-stamps', forMs: 3_000, chance: 0.02, byMs: 600_000 }],
  [{ fault: 'bend-stamps', forMs: 3_000, chance: 0.02, byMs: -15_000 }],
  [{ fault: 'bend-stamps', forMs: 3_000, chance: 0.01, byMs: -900_000 }],
];

/** Stamps run ahead, and amid it connections go. */
const CUT_AHEAD: readonly { readonly ahead: FaultOrder; readonly cut: FaultOrder }[] = [
  { ahead: nearFuture(8_000), cut: { fault: 'cut', connections: 3 } },
  { ahead: nearFuture(25_000), cut: { fault: 'half-open', connections: 1 } },
];
const CUT_AFTER_SECONDS = 2;

export const scenario: ScenarioFile = {
  about: 'The pretend Twitch does everything wrong that a wire can.',
  load: worldLoad({ messagesPerSecond: 1_000, rooms: 60, seconds: 120 }),
  variables: ({ service }) => ({
    ...(service === 'simulator'
      ? { CREST_WORLD_BUSIEST_PER_SECOND: String(BUSIEST_PER_SECOND) }
      : {}),
    ...(service === 'collector'
      ? { CREST_TWITCH_ROOMS_PER_CONNECTION: String(ROOMS_PER_CONNECTION) }
      : {}),
  }),
  plan: ({ seconds }, seed) => ({
    acts: faultActs(seconds, seed),
    expects: [
      judgedByWindows,
      everyFaultDone,
      gapsEnd,
      caughtUp({ from: seconds - 12, withinSeconds: 10 }),
    ],
  }),
};

/** All in the first four fifths, so that the last has its consequences. */
function faultActs(seconds: number, seed: number): Act[] {
  const random = new SeededRandom(`${seed}/wire`);
  const left = [
    ...ORDERS.map((orders) => [orders]),
    ...CUT_AHEAD.map(({ ahead, cut }) => [[ahead], [cut]]),
  ];
  const from = seconds * 0.03;
  const step = (seconds * 0.8 - from) / left.length;
  return Array.from({ length: left.length }, (_, index) => {
    const parts = left.splice(random.below(left.length), 1)[0] ?? [];
    const atSeconds = from + step * (index + 0.8 * random.fraction());
    return parts.map((orders, part) => faultAct(atSeconds + part * CUT_AFTER_SECONDS, orders));
  }).flat();
}

function faultAct(atSeconds: number, orders: readonly FaultOrder[]): Act {
  return {
    atSeconds,
    about: orders.map((order) => JSON.stringify(order)).join(' '),
    run: (stage) => stage.spoilTwitch(...orders),
  };
}

/** The last three ask for kills: here it is the pretend Twitch that causes gaps, with other measures. */
const NOT_JUDGED = [
  'every spike right',
  'everybody told',
  'nobody told in vain',
  'every gap has its cause',
  'gaps are short',
  'most windows whole',
];

function judgedByWindows({ report }: Evidence): Verdict[] {
  return report.promises
    .filter(({ name }) => !NOT_JUDGED.includes(name))
    .map(({ name, held, figures }) => ({ name, held, figures }));
}

function everyFaultDone({ samples }: Evidence): Verdict[] {
  const last = samples.findLast(({ processes }) => processes['simulator']?.live === true);
  const done = (fault: string): number =>
    last?.processes['simulator']?.metrics[`crest_simulator_faults_total{fault="${fault}"}`] ?? 0;
  const missing = FAULT_KINDS.filter((fault) => done(fault) === 0);
  return [
    {
      name: 'every fault was done',
      held: missing.length === 0,
      figures: {
        faults: FAULT_KINDS.reduce((sum, fault) => sum + done(fault), 0),
        ...(missing.length > 0 ? { missing: missing.join(' ') } : {}),
      },
    },
  ];
}

/** A room that was lost is soon read again. */
function gapsEnd({ samples, report }: Evidence): Verdict[] {
  const last = samples.findLast(({ processes }) => processes['collector']?.live === true);
  const roomsLost = last?.processes['collector']?.metrics['crest_collector_rooms_lost_total'] ?? 0;
  const gaps = report.promises.find(({ name }) => name === 'gaps are short');
  const gapSeconds = Math.round(gaps?.figures['gapSeconds'] ?? Infinity);
  return [
    {
      name: 'rooms that are lost are soon read again',
      held: roomsLost > 0 && gapSeconds <= roomsLost * ROOM_BACK_SECONDS,
      figures: { roomsLost, gapSeconds },
    },
  ];
}
