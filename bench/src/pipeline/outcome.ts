/** What a trial came to: whether the rate was sustained, and what it cost. */
import { WARM_UP_SECONDS, type Look } from './trial.ts';

export interface TrialOutcome {
  /** Asked for. */
  readonly rate: number;
  /** Sent, between warm-up and end. */
  readonly messagesPerSecond: number;
  readonly isStable: boolean;
  readonly seconds: number;
  /** Lines sent but not durable, at the end of the warm-up and at the end. */
  readonly lag: { readonly warm: number; readonly end: number };
  readonly alerterLag: { readonly warm: number; readonly end: number };
  /** Windows of all spans that became final. */
  readonly finalWindowsPerSecond: number;
  /** Those of one second. */
  readonly finalSecondsPerSecond: number;
  /** By process; `total` is without the load generator. */
  readonly cpuSecondsPerMillion: Readonly<Record<string, number>>;
  /** Highest seen, megabytes, by process. */
  readonly rssMb: Readonly<Record<string, number>>;
}

/** The load generator's process: it stands for Twitch and is no part of what is measured. */
const GENERATOR = 'simulator';
/** A generator that sends less than this of its rate is the limit itself. */
const GENERATED_SHARE_MIN = 0.97;

/**
 * Judges a trial. A rate is sustained when the lag at the end is at most the lag after the
 * warm-up plus one second of load, for the processor and the alerter, and when it was really sent.
 * @throws RangeError for a trial that ended within the warm-up.
 */
export function outcomeOf(rate: number, looks: readonly Look[]): TrialOutcome {
  const warm = looks.find(({ atSeconds }) => atSeconds >= WARM_UP_SECONDS);
  const end = looks.at(-1);
  if (warm === undefined || end === undefined || end === warm) {
    throw new RangeError(`a trial takes longer than ${WARM_UP_SECONDS} s`);
  }
  const seconds = end.atSeconds - warm.atSeconds;
  const sent = end.sent - warm.sent;
  const messagesPerSecond = sent / seconds;
  const keepsUp = end.lag <= warm.lag + rate && end.alerterLag <= warm.alerterLag + rate;
  return {
    rate,
    messagesPerSecond: rounded(messagesPerSecond, 1),
    isStable: keepsUp && messagesPerSecond >= rate * GENERATED_SHARE_MIN,
    seconds: rounded(seconds, 1),
    lag: { warm: warm.lag, end: end.lag },
    alerterLag: { warm: warm.alerterLag, end: end.alerterLag },
    finalWindowsPerSecond: rounded((end.finalWindows - warm.finalWindows) / seconds, 1),
    finalSecondsPerSecond: rounded((end.finalSeconds - warm.finalSeconds) / seconds, 1),
    cpuSecondsPerMillion: cpuPerMillion(warm, end, sent),
    rssMb: highestRss(looks),
  };
}

function cpuPerMillion(warm: Look, end: Look, sent: number): Record<string, number> {
  const used = Object.entries(end.cpuSeconds).map(([name, cpuSeconds]): [string, number] => {
    const seconds = cpuSeconds - (warm.cpuSeconds[name] ?? 0);
    return [name, rounded((seconds / Math.max(1, sent)) * 1e6, 1)];
  });
  const own = used.filter(([name]) => name !== GENERATOR);
  const total = own.reduce((sum, [, seconds]) => sum + seconds, 0);
  return { ...Object.fromEntries(used), total: rounded(total, 1) };
}

function highestRss(looks: readonly Look[]): Record<string, number> {
  const highest: Record<string, number> = {};
  for (const { rssBytes } of looks) {
    for (const [name, bytes] of Object.entries(rssBytes)) {
      highest[name] = Math.max(highest[name] ?? 0, Math.round(bytes / 1e6));
    }
  }
  return highest;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
