/** When a part that ended is started again. Pure: time and chance are arguments. */
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';

export const RESTART_BACKOFF: BackoffPolicy = { initialMs: 500, maxMs: 10_000, factor: 2 };

/** A part that was up for so long has recovered: its next crash is a first one again. */
export const RECOVERED_AFTER_MS = 60_000;

/** A part that never comes up in so many starts in a row will not: the run ends. */
export const FAILED_STARTS_MAX = 6;

/** What is remembered of a part between its ends. */
export interface RestartHistory {
  /** Starts again after an end that nobody asked for, and after ordered kills. */
  readonly restarts: number;
  /** Crashes since the part last stayed up for `RECOVERED_AFTER_MS`. */
  readonly crashesInARow: number;
  /** Starts in a row after which it did not become ready. */
  readonly failedStarts: number;
}

export const NO_RESTARTS: RestartHistory = { restarts: 0, crashesInARow: 0, failedStarts: 0 };

/** How a part ended. */
export interface PartEnd {
  /** Wall milliseconds for which it was ready; null where it never was. */
  readonly upForMs: number | null;
  /** Somebody killed it on purpose, to see what happens: no back-off, no count of crashes. */
  readonly ordered: boolean;
}

export type RestartDecision =
  | { readonly restart: true; readonly delayMs: number; readonly history: RestartHistory }
  | { readonly restart: false; readonly history: RestartHistory };

/** What to do about a part that ended though nobody stopped it. `random` is in [0, 1). */
export function decideRestart(
  history: RestartHistory,
  end: PartEnd,
  random: number,
): RestartDecision {
  const restarts = history.restarts + 1;
  if (end.ordered) return { restart: true, delayMs: 0, history: { ...history, restarts } };
  const failedStarts = end.upForMs === null ? history.failedStarts + 1 : 0;
  const recovered = end.upForMs !== null && end.upForMs >= RECOVERED_AFTER_MS;
  const crashesInARow = recovered ? 1 : history.crashesInARow + 1;
  const next = { restarts, crashesInARow, failedStarts };
  if (failedStarts >= FAILED_STARTS_MAX) return { restart: false, history: next };
  return {
    restart: true,
    delayMs: backoffMs(RESTART_BACKOFF, crashesInARow - 1, random),
    history: next,
  };
}
