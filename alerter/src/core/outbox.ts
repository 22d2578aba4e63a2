/**
 * What becomes of an alert in the outbox. Four states, changed by the functions here alone:
 *
 * - `due`: to be sent once `nextAttemptAtMs` has come. Entered by `newEntry`, and by `settle`
 *   after a try that may be made again. Left by `claim`.
 * - `sending`: a sender holds a lease and may be talking to the provider. Entered by `claim`, of a
 *   new entry right before it is put in, and also from `sending` once the lease is over (its holder
 *   died). Left by `settle`.
 * - `sent`: the provider has taken charge. Final.
 * - `failed`: given up, with the reason; nobody tries again by itself. Final.
 *
 * A crash between the provider's answer and `settle` leaves `sending`: the next holder sends
 * again. That is the only way in which an alert is repeated, and it takes a send in flight.
 */
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';
import type { Alert } from './alert.ts';

export const OUTBOX_STATES = ['due', 'sending', 'sent', 'failed'] as const;
export type OutboxState = (typeof OUTBOX_STATES)[number];

/** What an entry has beside the alert. All times are wall time, epoch milliseconds. */
export interface Progress {
  state: OutboxState;
  /** Tries begun. */
  attempts: number;
  nextAttemptAtMs: number;
  /** Whose the running try is, and until when nobody else may make one; null outside `sending`. */
  lease: { owner: string; untilMs: number } | null;
  /** When the provider accepted it. */
  sentAtMs: number | null;
  providerMessageId: string | null;
  /** Why the last try failed, in the words of the notifier. */
  lastError: string | null;
}

/** A document of the outbox. */
export type OutboxEntry = Alert & Progress;

/** What came of one try, as notifiers say it. */
export type TryResult =
  | { readonly outcome: 'accepted'; readonly providerMessageId: string }
  | {
      readonly outcome: 'retry';
      readonly reason: string;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly outcome: 'rejected'; readonly reason: string };

/** When to try again, and when to give up. */
export interface RetryPolicy {
  readonly backoff: BackoffPolicy;
  readonly attemptsMax: number;
  /** Age of the alert after which no further try is made, milliseconds. */
  readonly ageMaxMs: number;
}

/** Puts an alert into the outbox, due at once. */
export function newEntry(alert: Alert): OutboxEntry {
  return {
    ...alert,
    state: 'due',
    attempts: 0,
    nextAttemptAtMs: alert.createdAtMs,
    lease: null,
    sentAtMs: null,
    providerMessageId: null,
    lastError: null,
  };
}

/** True when a sender may take the entry. */
export function isClaimable(entry: Progress, nowMs: number): boolean {
  switch (entry.state) {
    case 'due':
      return entry.nextAttemptAtMs <= nowMs;
    case 'sending':
      return entry.lease === null || entry.lease.untilMs <= nowMs;
    case 'sent':
    case 'failed':
      return false;
  }
}

/** Gives a claimable entry to a sender. */
export function claim(
  attempts: number,
  owner: string,
  untilMs: number,
): Pick<Progress, 'state' | 'attempts' | 'lease'> {
  return { state: 'sending', attempts: attempts + 1, lease: { owner, untilMs } };
}

/** Ends a try. `random` is in [0, 1). */
export function settle(
  entry: Progress & Pick<Alert, 'createdAtMs'>,
  result: TryResult,
  policy: RetryPolicy,
  { nowMs, random }: { nowMs: number; random: number },
): Partial<Progress> {
  switch (result.outcome) {
    case 'accepted': {
      const { providerMessageId } = result;
      return { state: 'sent', lease: null, sentAtMs: nowMs, providerMessageId, lastError: null };
    }
    case 'rejected':
      return { state: 'failed', lease: null, lastError: result.reason };
    case 'retry': {
      // Nobody was asked: that is no try.
      if (result.reason === 'paced') {
        const nextAttemptAtMs = nowMs + (result.retryAfterMs ?? 0);
        const attempts = entry.attempts - 1;
        return { state: 'due', lease: null, attempts, nextAttemptAtMs, lastError: 'paced' };
      }
      const isOver =
        entry.attempts >= policy.attemptsMax || nowMs - entry.createdAtMs >= policy.ageMaxMs;
      if (isOver) return { state: 'failed', lease: null, lastError: result.reason };
      const delayMs = backoffMs(policy.backoff, entry.attempts - 1, random);
      const nextAttemptAtMs = nowMs + Math.max(delayMs, result.retryAfterMs ?? 0);
      return { state: 'due', lease: null, nextAttemptAtMs, lastError: result.reason };
    }
  }
}
