/** Which episodes a rule has in a channel, straight from semantics.md, Rules and alerts. */
import type { SecondCounts } from './second-counts.ts';

export interface SumCondition {
  readonly atLeast: number;
  readonly withinSeconds: number;
  readonly cooldownSeconds: number;
}

/**
 * The seconds at which episodes of "at least n in w seconds" begin.
 *
 * An episode begins at the first second s at which the sum over s-w+1 ... s reaches n; a new one
 * needs the cool-down passed since the last began, and a second below n in between. Seconds after
 * the last count are looked at as long as it is within w: the cool-down may end there.
 */
export function sumEpisodes(
  { firstSecond, counts }: SecondCounts,
  condition: SumCondition,
): number[] {
  const { atLeast, withinSeconds, cooldownSeconds } = condition;
  const episodes: number[] = [];
  let wasBelow = true;
  let lastStart = -Infinity;
  let sum = 0;
  for (let at = 0; at < counts.length + withinSeconds; at += 1) {
    const second = firstSecond + at;
    sum += (counts[at] ?? 0) - (counts[at - withinSeconds] ?? 0);
    if (sum < atLeast) {
      wasBelow = true;
    } else if (wasBelow && second - lastStart >= cooldownSeconds) {
      episodes.push(second);
      lastStart = second;
      wasBelow = false;
    }
  }
  return episodes;
}

/**
 * The seconds at which episodes of "a spike with at least this score" begin: the peak of each such
 * spike, in order, unless the cool-down since the last episode has not passed.
 */
export function spikeEpisodes(
  spikes: readonly { readonly peakSecond: number; readonly score: number }[],
  condition: { readonly scoreAtLeast: number; readonly cooldownSeconds: number },
): number[] {
  const episodes: number[] = [];
  let lastStart = -Infinity;
  for (const { peakSecond, score } of spikes) {
    if (score < condition.scoreAtLeast) continue;
    if (peakSecond - lastStart < condition.cooldownSeconds) continue;
    episodes.push(peakSecond);
    lastStart = peakSecond;
  }
  return episodes;
}
