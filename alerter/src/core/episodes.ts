/**
 * When "at least n in w seconds" comes true, as a state machine per rule and channel.
 *
 * The truth (docs/reference/semantics.md, Rules and alerts): let sum(s) be the count over the
 * seconds s-w+1 .. s. An episode begins at the first second s with sum(s) >= n; a further one at
 * the first s with sum(s) >= n for which the last began at least `cooldownSeconds` before, and
 * some second in between had a sum below n. It is decided by final seconds alone, so it is a
 * function of the log: `finalise` finds it.
 *
 * Told early: counts only grow. When the machine is **armed** at its last final second f (no
 * episode yet, or a second below n since the last one began), and the counts that are known so far
 * of later seconds already make sum(s) >= n for an s past the cool-down, then the truth will have
 * an episode that begins in f+1 .. s, whatever else is still to come. `anticipate` fires it at
 * once and the machine is **claimed** until `finalise` reaches the beginning, which then tells
 * nobody again.
 *
 * Corrected late: a count that grows behind f may lift a sum over n where the machine had passed.
 * `correct` fires if no episode is known there; nothing told is ever taken back.
 */
import type { Series } from './series.ts';

/** The numbers of a rule. */
export interface Threshold {
  /** n: messages. */
  readonly atLeast: number;
  /** w: seconds, at least 1. */
  readonly withinSeconds: number;
  /** Between the beginnings of two episodes, seconds. */
  readonly cooldownSeconds: number;
}

/** An episode to be told of. All times are seconds of event time since the epoch. */
export interface Episode {
  /**
   * Names the episode within its rule and channel by the one before it, and so by the truth
   * alone: told early or late, before a crash or again after it, it has the same key.
   */
  readonly key: string;
  /** The second at which the sum was seen to reach n: the beginning, or early a little after. */
  readonly atSecond: number;
  /** The sum at that second, as far as it was known. */
  readonly value: number;
  /** Told before its seconds were final. */
  readonly early: boolean;
  /** Keys of the machine's last episodes: those are others, however close they lie. */
  readonly otherKeys: readonly string[];
}

/** The machine. JSON as it stands. */
export interface EpisodeState {
  /** The first second that counts: seconds before the rule was known are as if empty. */
  begin: number;
  /** Where the log was when the machine's partition was first read: part of the first key. */
  origin: string;
  /** f, the last final second looked at. */
  finalSecond: number;
  /** sum(f). */
  sum: number;
  /** Beginning of the last episode; null before the first. */
  lastStart: number | null;
  /** A second after `lastStart` had a sum below n. */
  belowSince: boolean;
  /** What was told early of the coming episode; null when not claimed. */
  claimed: { atSecond: number; key: string } | null;
  /** The last episodes, oldest first. */
  recent: { start: number; key: string }[];
}

/** Episodes remembered for late corrections; their cool-downs reach past any correction. */
const RECENT_MAX = 16;

/** A machine that has seen nothing and counts from the second `begin` on. */
export function newEpisodes(begin: number, origin: string): EpisodeState {
  return {
    begin,
    origin,
    finalSecond: begin - 1,
    sum: 0,
    lastStart: null,
    belowSince: false,
    claimed: null,
    recent: [],
  };
}

/**
 * Looks at the seconds after the last final one: an episode that is certain already, or null.
 * Call it when a count of such a second grew.
 */
export function anticipate(
  state: EpisodeState,
  threshold: Threshold,
  series: Series,
): Episode | null {
  if (state.claimed !== null || !isArmed(state)) return null;
  const { withinSeconds, atLeast } = threshold;
  let second = nextOfInterest(state, series, series.latest);
  let sum = state.sum;
  for (; second <= series.latest; second += 1) {
    sum += counted(state, series, second) - counted(state, series, second - withinSeconds);
    if (sum < atLeast || !isPastCooldown(state, threshold, second)) continue;
    const episode = episodeAt(state, second, sum, true);
    state.claimed = { atSecond: second, key: episode.key };
    return episode;
  }
  return null;
}

/**
 * Takes the seconds up to `upTo` as final; returns the episodes that begin there and that nobody
 * was told of. Seconds without counts are passed in one step.
 */
export function finalise(
  state: EpisodeState,
  threshold: Threshold,
  series: Series,
  upTo: number,
): Episode[] {
  const found: Episode[] = [];
  while (state.finalSecond < upTo) {
    const second = nextOfInterest(state, series, upTo);
    if (second > state.finalSecond + 1) passEmpty(state, second - 1);
    if (second > upTo) break;
    const leaving = counted(state, series, second - threshold.withinSeconds);
    state.sum += counted(state, series, second) - leaving;
    state.finalSecond = second;
    const episode = judge(state, threshold, second);
    if (episode !== null) found.push(episode);
  }
  return found;
}

/**
 * Takes a count that grew by `raisedBy` at a second which was final already (`second` <= f);
 * returns the episodes that this brought to light. The counts of the `withinSeconds` before it
 * must still be in the series.
 */
export function correct(
  state: EpisodeState,
  threshold: Threshold,
  series: Series,
  { second, raisedBy }: { second: number; raisedBy: number },
): Episode[] {
  if (second < state.begin) return [];
  const { withinSeconds, atLeast } = threshold;
  if (second > state.finalSecond - withinSeconds) state.sum += raisedBy;
  const found: Episode[] = [];
  const last = Math.min(state.finalSecond, second + withinSeconds - 1);
  for (let s = second; s <= last; s += 1) {
    const sum = sumAt(state, threshold, series, s);
    if (sum < atLeast || sum - raisedBy >= atLeast) continue;
    const episode = reconsider(state, threshold, series, { second: s, sum });
    if (episode !== null) found.push(episode);
  }
  return found;
}

/** True when the next sum that reaches n begins an episode, the cool-down apart. */
function isArmed(state: EpisodeState): boolean {
  return state.lastStart === null || state.belowSince;
}

function isPastCooldown(state: EpisodeState, threshold: Threshold, second: number): boolean {
  return state.lastStart === null || second - state.lastStart >= threshold.cooldownSeconds;
}

/** The next second that can change anything; at most `upTo` + 1. */
function nextOfInterest(state: EpisodeState, series: Series, upTo: number): number {
  const next = state.finalSecond + 1;
  if (state.sum > 0 || upTo < next) return next;
  return Math.min(series.nextFrom(Math.max(next, state.begin)) ?? upTo + 1, upTo + 1);
}

/** Seconds with a sum of nothing: below every threshold. */
function passEmpty(state: EpisodeState, upTo: number): void {
  state.finalSecond = upTo;
  if (state.lastStart !== null && upTo > state.lastStart) state.belowSince = true;
}

/** Decides about a second that just became final. */
function judge(state: EpisodeState, threshold: Threshold, second: number): Episode | null {
  if (state.sum < threshold.atLeast) {
    if (state.lastStart !== null) state.belowSince = true;
    // Counts do not shrink, so this does not happen; if it does, the claim must not eat the next.
    if (state.claimed?.atSecond === second) settleClaim(state, second);
    return null;
  }
  if (!isArmed(state) || !isPastCooldown(state, threshold, second)) return null;
  if (state.claimed !== null) {
    settleClaim(state, second);
    return null;
  }
  const episode = episodeAt(state, second, state.sum, false);
  remember(state, second, episode.key);
  return episode;
}

/** The episode that was told early turns out to begin at `start`. */
function settleClaim(state: EpisodeState, start: number): void {
  if (state.claimed === null) return;
  remember(state, start, state.claimed.key);
  state.claimed = null;
}

/** Decides about a final second whose sum was below n until a late record raised it. */
function reconsider(
  state: EpisodeState,
  threshold: Threshold,
  series: Series,
  { second, sum }: { second: number; sum: number },
): Episode | null {
  const isSoon = (start: number): boolean =>
    start >= second && start - second <= threshold.withinSeconds;
  if (state.recent.some(({ start }) => isSoon(start))) return null;
  if (belongsToEarlier(state, threshold, series, second)) return null;
  const told = state.claimed !== null && isSoon(state.claimed.atSecond);
  const episode = { ...episodeAt(state, second, sum, false), key: `late:${second}` };
  if (told) settleClaim(state, second);
  else remember(state, second, episode.key);
  if (state.lastStart === second) {
    const since = { after: second, until: state.finalSecond + 1 };
    state.belowSince = wasBelow(state, threshold, series, since);
  }
  return told ? null : episode;
}

/** True when a sum that reaches n at `second` goes on with, or is too near to, the episode before. */
function belongsToEarlier(
  state: EpisodeState,
  threshold: Threshold,
  series: Series,
  second: number,
): boolean {
  const before = state.recent.findLast(({ start }) => start < second);
  if (before === undefined) return false;
  if (second - before.start < threshold.cooldownSeconds) return true;
  return !wasBelow(state, threshold, series, { after: before.start, until: second });
}

/** True when a second between the two, both left out, has a sum below n. */
function wasBelow(
  state: EpisodeState,
  threshold: Threshold,
  series: Series,
  { after, until }: { after: number; until: number },
): boolean {
  // Counts from before that are forgotten.
  const from = Math.max(after + 1, state.finalSecond - MEMORY_SECONDS);
  for (let s = from; s < until; s += 1) {
    if (sumAt(state, threshold, series, s) < threshold.atLeast) return true;
  }
  return false;
}

/**
 * For so long after a second became final its correction is still considered, seconds. Whoever
 * keeps the series keeps this and the rule's `withinSeconds` besides.
 */
export const MEMORY_SECONDS = 120;

function sumAt(
  state: EpisodeState,
  { withinSeconds }: Threshold,
  series: Series,
  second: number,
): number {
  let sum = 0;
  for (let s = second - withinSeconds + 1; s <= second; s += 1) sum += counted(state, series, s);
  return sum;
}

function counted(state: EpisodeState, series: Series, second: number): number {
  return second < state.begin ? 0 : series.at(second);
}

function episodeAt(state: EpisodeState, second: number, value: number, early: boolean): Episode {
  const { lastStart, begin, origin } = state;
  const key = lastStart === null ? `from:${begin}@${origin}` : `after:${lastStart}`;
  const otherKeys = state.recent.map((recent) => recent.key);
  return { key, atSecond: second, value, early, otherKeys };
}

function remember(state: EpisodeState, start: number, key: string): void {
  state.recent.push({ start, key });
  state.recent.sort((a, b) => a.start - b.start);
  if (state.recent.length > RECENT_MAX) state.recent.shift();
  if (state.lastStart !== null && state.lastStart >= start) return;
  state.lastStart = start;
  state.belowSince = false;
}
