/** Delay before attempt n, as a pure function. */
export interface BackoffPolicy {
  /** Delay before the first retry, milliseconds. */
  readonly initialMs: number;
  /** No delay is longer, milliseconds. */
  readonly maxMs: number;
  /** Growth from one attempt to the next. */
  readonly factor: number;
}

/**
 * The delay in milliseconds before retry `attempt` (0 is the first): exponential, capped, with
 * "equal jitter": half of it fixed, half random, so that retries neither meet nor come at once.
 * `random` is in [0, 1).
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: number): number {
  const ceiling = Math.min(policy.maxMs, policy.initialMs * policy.factor ** attempt);
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
