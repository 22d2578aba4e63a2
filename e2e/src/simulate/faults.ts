/** What goes wrong in a seed, decided before it begins, so that any of it can be left out again. */
import { SeededRandom } from '@crest/simulator/core/seeded-random';
import type { Fate } from './wire.ts';

export type Service = 'processor' | 'alerter';

/** Something done to a process or a group once so many acts have happened. */
export interface Blow {
  readonly at: number;
  readonly kind: 'kill' | 'pause' | 'stop' | 'start' | 'move';
  readonly service: Service;
  /** Which of the processes that are there, counted round. */
  readonly which: number;
  /** Until the process is back, wall milliseconds. */
  readonly forMs: number;
}

/** The fate of one operation, by its number. */
export interface Mishap {
  readonly operation: number;
  readonly fate: Fate;
}

export interface FaultPlan {
  readonly blows: readonly Blow[];
  readonly mishaps: readonly Mishap[];
}

/** Nothing goes wrong. */
export const NO_FAULTS: FaultPlan = { blows: [], mishaps: [] };

/** Acts within which blows fall, and operations within which mishaps do: about a run's length. */
const ACTS = 600;
const OPERATIONS = 350;
const FATES: readonly Fate[] = ['refused', 'lost', 'lost', 'late', 'torn'];
const KINDS: readonly Blow['kind'][] = ['kill', 'kill', 'kill', 'pause', 'stop', 'move', 'move'];
/** Many blows fall before anything was ever saved. */
const FIRST_ACTS = 160;

/** The faults of a seed. */
export function createFaults(seed: number): FaultPlan {
  const random = new SeededRandom(`faults ${seed}`);
  const blows = Array.from({ length: random.between(0, 9) }, (): Blow => ({
    at: random.below(random.chance(0.4) ? FIRST_ACTS : ACTS),
    kind: random.pick(KINDS),
    service: random.pick(['processor', 'alerter'] as const),
    which: random.below(4),
    forMs: random.pick([50, 300, 1_000, 2_500, 6_000]),
  }));
  const starts = Array.from({ length: random.below(3) }, (): Blow => ({
    at: random.below(ACTS),
    kind: 'start',
    service: random.pick(['processor', 'alerter'] as const),
    which: 0,
    forMs: 0,
  }));
  const mishaps = Array.from({ length: random.pick([0, 2, 6, 20]) }, (): Mishap => ({
    operation: random.below(OPERATIONS),
    fate: random.pick(FATES),
  }));
  const all = [...blows, ...starts, ...zombiesOf(random)];
  return { blows: all.sort((a, b) => a.at - b.at), mishaps };
}

/** Faults of a seed in which processors sleep and wake too late, again and again. */
export function createZombies(seed: number): FaultPlan {
  const random = new SeededRandom(`zombies ${seed}`);
  const blows = Array.from({ length: 4 }, () => zombie(random, 'processor')).flat();
  return { blows: blows.sort((a, b) => a.at - b.at), mishaps: [] };
}

function zombiesOf(random: SeededRandom): Blow[] {
  if (!random.chance(0.3)) return [];
  return zombie(random, random.pick(['processor', 'alerter'] as const));
}

// One sleeps past its session, and soon after it woke whoever took over dies.
function zombie(random: SeededRandom, service: Service): Blow[] {
  const at = random.below(ACTS);
  const forMs = random.pick([1_600, 1_600, 3_000]);
  const killed = at + random.between(20, 250);
  return [
    { at, kind: 'pause', service, which: random.below(2), forMs },
    { at: killed, kind: 'kill', service, which: random.below(2), forMs: random.pick([50, 1_000]) },
  ];
}
