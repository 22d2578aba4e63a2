/**
 * What the scenarios of outages share: when it is, and what must hold before, during and after it.
 *
 * There are two: a short one first, so that every heap and every buffer has the size that an outage
 * gives it, and then the long one, 60 of 165 seconds, which must not take any more.
 */
import {
  caughtUp,
  flatFiles,
  flatMemory,
  judgedByLedger,
  noGaps,
} from '../harness/expectations.ts';
import type { Span } from '../harness/readings.ts';
import type { Act, Expectation, Load } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

/** How long the lines of such a scenario are. */
export const OUTAGE_LOAD_SECONDS = 165;

/** Both outages of a load. */
export function outagesOf({ seconds }: Load): { readonly short: Span; readonly long: Span } {
  const at = (second: number): number => (second / OUTAGE_LOAD_SECONDS) * seconds;
  return { short: { from: at(18), to: at(33) }, long: { from: at(60), to: at(120) } };
}

/** The part of an outage in which it has surely been noticed. */
export function noticed({ from, to }: Span): Span {
  return { from: from + Math.max(15, (to - from) * 0.3), to: to - 1 };
}

export interface AwayOptions {
  readonly part: string;
  /** For the progress line. */
  readonly name: string;
  readonly span: Span;
}

/** The note that says when what was away did its work again. */
const BACK = 'back';

/** Share of an outage in which a server is frozen, its sockets open and silent, before it dies. */
const FROZEN_SHARE = 1 / 3;

/** A server freezes, dies, and comes back. */
export function away({ part, name, span: { from, to } }: AwayOptions): Act[] {
  const act = (atSeconds: number, what: string, run: Act['run']): Act => ({
    atSeconds,
    about: `${name} ${what}`,
    run,
  });
  const deadAt = from + (to - from) * FROZEN_SHARE;
  return [
    act(from, 'freezes', (stage: Stage) => stage.pause(part)),
    act(deadAt, 'dies', (stage: Stage) => stage.hold(part)),
    act(to, 'starts', async (stage: Stage) => {
      await stage.release(part);
      stage.note(BACK, stage.atSeconds);
    }),
  ];
}

/** Something begins with both outages of a load and is over with them, which is noted. */
export function duringOutages(
  load: Load,
  { begins, ends }: Readonly<Record<'begins' | 'ends', Pick<Act, 'about' | 'run'>>>,
): Act[] {
  const { short, long } = outagesOf(load);
  return [short, long].flatMap(({ from, to }) => [
    { atSeconds: from, ...begins },
    {
      atSeconds: to,
      about: ends.about,
      run: async (stage: Stage) => {
        await ends.run(stage);
        stage.note(BACK, stage.atSeconds);
      },
    },
  ]);
}

/**
 * What our processes may have more of after the long outage than before it, MiB. The heap of a processor
 * in its second minute still grows to its working size, and it gathers the ids of its first ten minutes:
 * without any outage it has 80 to 110 more after as long. The soak says whether that ends.
 */
const RISE_MIB = 144;
/** What they may have more of during it: a heap has its ups and downs. */
const PEAK_MIB = 192;
const SETTLED_SECONDS = 12;

/**
 * Nothing is lost, nothing twice, there is no gap, and by itself everything is as before within so
 * many seconds: work, memory and open files. What 60 s of messages would take in memory, were they kept
 * there, is several times what is allowed here.
 */
export function nothingLeft(
  load: Load,
  withinSeconds: number,
  notMade: readonly string[] = [],
): Expectation[] {
  const { long } = outagesOf(load);
  const before = { from: long.from - SETTLED_SECONDS, to: long.from };
  const after = { from: load.seconds - SETTLED_SECONDS, to: load.seconds };
  return [
    judgedByLedger(notMade),
    noGaps(),
    caughtUp({ from: BACK, withinSeconds }),
    flatMemory({ before, after, riseMiB: RISE_MIB, peakMiB: PEAK_MIB }),
    flatFiles({ before, after }),
  ];
}

/** Messages a second that something must at least do to be said to go on. */
export function atLeastHalf(load: Load): number {
  return load.kind === 'world' ? load.messagesPerSecond / 2 : 0;
}
