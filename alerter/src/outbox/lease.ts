/**
 * How long a sender may take an entry for its own.
 *
 * The lease in the outbox is wall time, because other processes compare it. Whether we still hold
 * it is a question for a clock that nobody sets, counted from the moment before the claim or
 * renewal was asked for, and answered with a margin: what begins within the lease also ends within
 * it. So a process that stood still, or whose database did, sends nothing that another one may
 * have taken over meanwhile.
 */

/** Share of a lease that is left for a send to end in: 8 s of 20 s, and a publish has 7 s. */
const MARGIN_SHARE = 0.4;

export interface LeaseClock {
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** Steady clock, milliseconds since any moment. */
  readonly steadyMs: () => number;
}

/** A lease that is about to be asked for. */
export interface LeaseTerm {
  /** Until when, wall, epoch milliseconds: what is written down. */
  readonly untilMs: number;
  /** When it was asked for, by the steady clock. */
  readonly askedAtMs: number;
}

/** A term of `leaseMs` that begins now. */
export function newTerm({ nowMs, steadyMs }: LeaseClock, leaseMs: number): LeaseTerm {
  return { untilMs: nowMs() + leaseMs, askedAtMs: steadyMs() };
}

/** Whether something may still be begun in this term. */
export function mayBegin(term: LeaseTerm, leaseMs: number, clock: LeaseClock): boolean {
  const marginMs = leaseMs * MARGIN_SHARE;
  const isLeftBySteady = clock.steadyMs() - term.askedAtMs < leaseMs - marginMs;
  return isLeftBySteady && clock.nowMs() < term.untilMs - marginMs;
}
