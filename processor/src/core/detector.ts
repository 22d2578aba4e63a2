/**
 * The spike detector of one channel: causal, fed with final seconds one after the other.
 *
 * Score of second s: the Poisson surprise (poisson.ts) of the messages in the last 5 s against the
 * mean of the 300 s before those 5. Seconds that were not observed are unknown: they count neither
 * as messages nor as time. History begins with the second of the channel's first message.
 *
 * Modes of the state, and how each is left:
 * - `waiting`: nothing raised. A score of at least the threshold outside the cool-down raises it.
 * - `raised`: the highest score so far is kept. Ends, and gives the spike, in the first second
 *   below the threshold, or when it lasted the longest time allowed; a cool-down follows.
 *
 * The state is plain data with one typed array, so that a snapshot can hold it as it is.
 */
import { surprise } from './poisson.ts';

export interface DetectorSettings {
  /** Length of the window that is scored, seconds. */
  readonly windowSeconds: number;
  /** Length of the baseline before that window, seconds. */
  readonly baselineSeconds: number;
  /** Observed seconds of history before anything is scored. */
  readonly warmUpSeconds: number;
  /** Observed seconds that the baseline must hold: after a long gap it is too thin to judge by. */
  readonly baselineObservedSecondsMin: number;
  /** Messages that a baseline is taken to have at least, per second. */
  readonly baselinePerSecondMin: number;
  /** Messages that the window must hold. */
  readonly messagesMin: number;
  /** -log10 of the probability from which on a second is raised. */
  readonly threshold: number;
  /** The longest time from the start of a raised period to its end, seconds. */
  readonly raisedSecondsMax: number;
  /** Seconds after the end of a raised period in which no new one begins. */
  readonly coolDownSeconds: number;
}

/** The longest silence that is stepped second by second; older history has no weight left. */
const SKIP_SECONDS_MAX = 10_000;

export const DETECTOR_DEFAULTS: DetectorSettings = {
  // 5 s against 300 s: the best simple causal detector in the literature on chat highlights.
  windowSeconds: 5,
  baselineSeconds: 300,
  // Four minutes tell a rate well enough, and the first of a stream are not lost for longer.
  warmUpSeconds: 240,
  baselineObservedSecondsMin: 60,
  // One message in twenty seconds: a sleeping channel does not turn three greetings into a crowd.
  baselinePerSecondMin: 0.05,
  // Fewer than eight messages in five seconds are no crowd, however quiet it was before.
  messagesMin: 8,
  // Chat is burstier than Poisson: one in a thousand comes all the time, one in ten thousand ten to
  // twenty times an hour in a busy channel. Higher loses more moments than it saves false ones.
  threshold: 4,
  // Reactions decay within half a minute; what stays high longer is a new normal or a new moment.
  raisedSecondsMax: 25,
  coolDownSeconds: 30,
};

/** A second that nobody observed, in the ring. */
const UNKNOWN = 0xffff;
/** Counts above this are held as this: no room has as many messages in a second. */
const COUNT_MAX = UNKNOWN - 1;

interface RaisedPeriod {
  startSecond: number;
  peakSecond: number;
  score: number;
  messages: number;
  baselinePerSecond: number;
}

/** What a detector knows of its channel. Treat it as opaque. */
export interface DetectorState {
  /** Messages of the last window + baseline seconds, by second modulo its length. */
  readonly ring: Uint16Array;
  /** The last second that was observed; null before the first message. Epoch seconds. */
  lastSecond: number | null;
  /** Observed seconds so far, counted up to the warm-up and no further. */
  historySeconds: number;
  windowMessages: number;
  windowObserved: number;
  baselineMessages: number;
  baselineObserved: number;
  raised: RaisedPeriod | null;
  /** No raised period begins up to this second; null for none so far. */
  coolUntilSecond: number | null;
}

/** A raised period that is over. Seconds are epoch seconds of event time. */
export interface Spike {
  readonly startSecond: number;
  readonly peakSecond: number;
  /** Last raised second. */
  readonly endSecond: number;
  /** Surprise at the peak, in powers of ten, to three decimals. */
  readonly score: number;
  /** Messages in the window at the peak. */
  readonly messages: number;
  readonly baselinePerSecond: number;
}

/** A detector that has seen nothing. */
export function createDetector(settings: DetectorSettings = DETECTOR_DEFAULTS): DetectorState {
  return {
    ring: new Uint16Array(settings.windowSeconds + settings.baselineSeconds).fill(UNKNOWN),
    lastSecond: null,
    historySeconds: 0,
    windowMessages: 0,
    windowObserved: 0,
    baselineMessages: 0,
    baselineObserved: 0,
    raised: null,
    coolUntilSecond: null,
  };
}

/** True while a quiet second could still begin or end a spike: such a channel is stepped every second. */
export function needsEverySecond(state: DetectorState): boolean {
  return state.raised !== null || state.windowMessages > 0;
}

/** What one second brought. */
export interface SecondFacts {
  /** Epoch second of event time, later than any before. */
  readonly second: number;
  readonly messages: number;
  /** False when any part of the second was not observed. */
  readonly observed: boolean;
}

/**
 * Takes the next final second, the one right after the last; gives the spike that ended with it.
 * Before the first message nothing is remembered.
 */
export function observeSecond(
  state: DetectorState,
  { second, messages, observed }: SecondFacts,
  settings: DetectorSettings = DETECTOR_DEFAULTS,
): Spike | null {
  if (state.lastSecond === null && messages === 0) return null;
  if (state.lastSecond !== null && second !== state.lastSecond + 1) {
    throw new RangeError(`second ${second} does not follow ${state.lastSecond}: skip to it first`);
  }
  shift(state, second, settings);
  if (observed) take(state, second, Math.min(messages, COUNT_MAX), settings);
  state.lastSecond = second;
  return decide(state, second, settings);
}

/**
 * Takes every second up to and without `toSecond` as one without messages; gives the spikes that
 * ended on the way. After very long silences only the last seconds of it are stepped.
 */
export function skipQuiet(
  state: DetectorState,
  toSecond: number,
  isObserved: (second: number) => boolean,
  settings: DetectorSettings = DETECTOR_DEFAULTS,
): Spike[] {
  const spikes: Spike[] = [];
  if (state.lastSecond === null) return spikes;
  // Everything ends long before so much silence is over.
  const tooFar = toSecond - SKIP_SECONDS_MAX;
  for (let second = state.lastSecond + 1; second < toSecond; second += 1) {
    const spike = observeSecond(
      state,
      { second, messages: 0, observed: isObserved(second) },
      settings,
    );
    if (spike !== null) spikes.push(spike);
    if (second < tooFar && !needsEverySecond(state)) {
      forget(state);
      second = tooFar - 1;
      state.lastSecond = second;
    }
  }
  return spikes;
}

/**
 * Makes seconds unknown after the fact: it turned out that nobody observed them. Spikes that were
 * found stay found.
 */
export function forgetSeconds(
  state: DetectorState,
  { fromSecond, toSecond }: { fromSecond: number; toSecond: number },
  settings: DetectorSettings = DETECTOR_DEFAULTS,
): void {
  if (state.lastSecond === null) return;
  const { ring, lastSecond } = state;
  const first = Math.max(fromSecond, lastSecond - ring.length + 1);
  for (let second = first; second <= Math.min(toSecond, lastSecond); second += 1) {
    const slot = slotOf(ring, second);
    const count = ring[slot] ?? UNKNOWN;
    if (count === UNKNOWN) continue;
    ring[slot] = UNKNOWN;
    if (second > lastSecond - settings.windowSeconds) {
      state.windowMessages -= count;
      state.windowObserved -= 1;
    } else {
      state.baselineMessages -= count;
      state.baselineObserved -= 1;
    }
  }
}

function slotOf(ring: Uint16Array, second: number): number {
  return ((second % ring.length) + ring.length) % ring.length;
}

// Moves both windows on by one second: the oldest of each leaves, the slot of `second` is free.
function shift(state: DetectorState, second: number, { windowSeconds }: DetectorSettings): void {
  const { ring } = state;
  const slot = slotOf(ring, second);
  const oldest = ring[slot] ?? UNKNOWN;
  if (oldest !== UNKNOWN) {
    state.baselineMessages -= oldest;
    state.baselineObserved -= 1;
  }
  ring[slot] = UNKNOWN;
  const passing = ring[slotOf(ring, second - windowSeconds)] ?? UNKNOWN;
  if (passing === UNKNOWN) return;
  state.windowMessages -= passing;
  state.windowObserved -= 1;
  state.baselineMessages += passing;
  state.baselineObserved += 1;
}

function take(
  state: DetectorState,
  second: number,
  messages: number,
  settings: DetectorSettings,
): void {
  state.ring[slotOf(state.ring, second)] = messages;
  state.windowMessages += messages;
  state.windowObserved += 1;
  state.historySeconds = Math.min(state.historySeconds + 1, settings.warmUpSeconds);
}

function forget(state: DetectorState): void {
  state.ring.fill(UNKNOWN);
  state.windowObserved = 0;
  state.baselineMessages = 0;
  state.baselineObserved = 0;
}

function decide(state: DetectorState, second: number, settings: DetectorSettings): Spike | null {
  const baselinePerSecond = baselineOf(state, settings);
  const score = scoreOf(state, baselinePerSecond, settings);
  const { raised } = state;
  if (raised === null) {
    const cool = state.coolUntilSecond !== null && second <= state.coolUntilSecond;
    if (score < settings.threshold || cool) return null;
    const messages = state.windowMessages;
    state.raised = { startSecond: second, peakSecond: second, score, messages, baselinePerSecond };
    return null;
  }
  const isOver = score < settings.threshold;
  if (!isOver && score > raised.score) {
    raised.peakSecond = second;
    raised.score = score;
    raised.messages = state.windowMessages;
    raised.baselinePerSecond = baselinePerSecond;
  }
  if (!isOver && second - raised.startSecond + 1 < settings.raisedSecondsMax) return null;
  return end(state, raised, { endSecond: isOver ? second - 1 : second, second, settings });
}

function end(
  state: DetectorState,
  raised: RaisedPeriod,
  at: { endSecond: number; second: number; settings: DetectorSettings },
): Spike {
  state.raised = null;
  state.coolUntilSecond = at.second + at.settings.coolDownSeconds;
  const score = Math.round(raised.score * 1000) / 1000;
  return { ...raised, score, endSecond: at.endSecond };
}

function baselineOf(state: DetectorState, settings: DetectorSettings): number {
  if (state.baselineObserved === 0) return settings.baselinePerSecondMin;
  return Math.max(settings.baselinePerSecondMin, state.baselineMessages / state.baselineObserved);
}

function scoreOf(
  state: DetectorState,
  baselinePerSecond: number,
  settings: DetectorSettings,
): number {
  if (state.historySeconds < settings.warmUpSeconds) return 0;
  if (state.baselineObserved < settings.baselineObservedSecondsMin) return 0;
  if (state.windowObserved === 0 || state.windowMessages < settings.messagesMin) return 0;
  return surprise(state.windowMessages, baselinePerSecond * state.windowObserved);
}
