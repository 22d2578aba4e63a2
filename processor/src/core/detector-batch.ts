/** The detector over a whole channel at once, for recounts and tuning. */
import {
  createDetector,
  DETECTOR_DEFAULTS,
  observeSecond,
  skipQuiet,
  type DetectorSettings,
  type Spike,
} from './detector.ts';

/** A span of event time in which nobody observed the channel, epoch milliseconds. */
export interface UnobservedSpan {
  readonly fromMs: number;
  /** Exclusive; null while it lasts. */
  readonly toMs: number | null;
}

export interface ChannelHistory {
  /** Messages by epoch second; seconds without any may be left out. */
  readonly counts: ReadonlyMap<number, number>;
  readonly unobserved: readonly UnobservedSpan[];
  /** The last final second: what is still raised then is not a spike yet. */
  readonly lastSecond: number;
}

/** Every spike of the channel: exactly those that the detector finds second by second. */
export function detectAll(
  { counts, unobserved, lastSecond }: ChannelHistory,
  settings: DetectorSettings = DETECTOR_DEFAULTS,
): Spike[] {
  const state = createDetector(settings);
  const isObserved = (second: number): boolean => isSecondObserved(unobserved, second);
  const spikes: Spike[] = [];
  const seconds = [...counts.keys()].filter((second) => (counts.get(second) ?? 0) > 0);
  for (const second of seconds.sort((a, b) => a - b)) {
    if (second > lastSecond) break;
    spikes.push(...skipQuiet(state, second, isObserved, settings));
    const facts = { second, messages: counts.get(second) ?? 0, observed: isObserved(second) };
    const spike = observeSecond(state, facts, settings);
    if (spike !== null) spikes.push(spike);
  }
  spikes.push(...skipQuiet(state, lastSecond + 1, isObserved, settings));
  return spikes;
}

/** A second counts as observed when no unobserved span touches it. */
export function isSecondObserved(spans: readonly UnobservedSpan[], second: number): boolean {
  const startMs = second * 1000;
  return !spans.some(({ fromMs, toMs }) => fromMs < startMs + 1000 && (toMs ?? Infinity) > startMs);
}
