/** What the scenarios of outages share: when it is, and what must hold before, during and after it. */
import {
  caughtUp,
  flatFiles,
  flatMemory,
  judgedByLedger,
  noGaps,
} from '../harness/expectations.ts';
import type { Span } from '../harness/readings.ts';
import type { Expectation, Load } from '../harness/scenario.ts';

/** From one fifth to three fifths of the lines: 60 of 150 seconds. */
export function outageOf({ seconds }: Load): Span {
  return { from: seconds * 0.2, to: seconds * 0.6 };
}

/** The part of an outage in which it has surely been noticed. */
export function noticed({ from, to }: Span): Span {
  return { from: from + (to - from) * 0.25, to: to - 1 };
}

export interface OutagePromises {
  readonly outage: Span;
  readonly load: Load;
  /** Wall time from the end of the outage until everything is as without one. */
  readonly withinSeconds: number;
  /** What buffers may hold for a while in a process, MiB. */
  readonly peakMiB: number;
}

/**
 * Nothing is lost, nothing twice, there is no gap, and by itself everything is as before: work, memory
 * and open files. A heap has its ups and downs; what would be a leak of a minute of messages is more.
 */
export function nothingLeft(promises: OutagePromises): Expectation[] {
  const { outage, load, withinSeconds, peakMiB } = promises;
  const before = { from: outage.from / 2, to: outage.from };
  const after = { from: load.seconds - 15, to: load.seconds };
  return [
    judgedByLedger(),
    noGaps(),
    caughtUp({ from: outage.to, withinSeconds }),
    flatMemory({ before, after, riseMiB: 64, peakMiB }),
    flatFiles({ before, after }),
  ];
}
