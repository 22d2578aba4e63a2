/** Which rate to try next, looking for the highest that is sustained. */

export interface Trial {
  /** Messages a second that were asked for. */
  readonly rate: number;
  readonly isStable: boolean;
  /** Of full length; shorter ones only show the way. */
  readonly isFull: boolean;
}

export interface NextTrial {
  readonly rate: number;
  readonly isFull: boolean;
}

const FIRST_RATE = 2_000;
const GROWTH = 1.5;
/** Between a stable and an unstable rate that are so close, nothing more is looked for. */
const CLOSE_ENOUGH = 1.1;
const STEP_DOWN = 0.9;
const ROUND_TO = 100;

/**
 * The next trial; null when the search is over. Short trials grow from 2,000 until one is not
 * stable, then halve the interval; the best one must hold for the full length, or 10 % less must.
 */
export function nextTrial(trials: readonly Trial[]): NextTrial | null {
  const full = trials.filter(({ isFull }) => isFull);
  if (full.some(({ isStable }) => isStable)) return null;
  const lastFull = full.at(-1);
  if (lastFull !== undefined) return { rate: rounded(lastFull.rate * STEP_DOWN), isFull: true };
  const stable = Math.max(0, ...trials.filter((trial) => trial.isStable).map(({ rate }) => rate));
  const unstable = Math.min(...trials.filter((trial) => !trial.isStable).map(({ rate }) => rate));
  if (stable === 0) return { rate: rounded(lowest(trials) * 0.5), isFull: false };
  if (unstable === Infinity) return { rate: rounded(stable * GROWTH), isFull: false };
  if (unstable / stable <= CLOSE_ENOUGH) return { rate: stable, isFull: true };
  return { rate: rounded((stable + unstable) / 2), isFull: false };
}

/** Twice the first rate before any trial, so that halving it begins there. */
function lowest(trials: readonly Trial[]): number {
  return Math.min(2 * FIRST_RATE, ...trials.map(({ rate }) => rate));
}

function rounded(rate: number): number {
  return Math.max(ROUND_TO, Math.round(rate / ROUND_TO) * ROUND_TO);
}
