/** Compares the windows of every room, span by span. */
import { recountWindows } from '@crest/simulator/recount/windows';
import { compareWindows, type WindowVerdict } from './compare-windows.ts';
import type { JudgeOptions, RoomMatter, RunMatter } from './judge-run.ts';
import type { RunFigures } from './run-report.ts';
import { WINDOW_SPANS } from './run-sources.ts';

export interface WindowsJudgement {
  readonly figures: RunFigures['windows'];
  /** Messages in window totals beyond those sent: the most that any span has. */
  readonly doubled: number;
  readonly touchedUnlikeStored: number;
}

export async function judgeWindows(
  { sources, onProgress }: JudgeOptions,
  { differences }: RunMatter,
  rooms: readonly RoomMatter[],
): Promise<WindowsJudgement> {
  const tally = { expected: 0, equal: 0, touched: 0, unexpected: 0, touchedUnlikeStored: 0 };
  const doubledBySpan = new Map<number, number>();
  let done = 0;
  for (const matter of rooms) {
    const stored = Map.groupBy(
      await sources.windows(matter.room.roomId),
      (window) => window.spanSeconds,
    );
    for (const span of WINDOW_SPANS) {
      const comparison = comparisonOf(matter, span);
      const verdict: WindowVerdict = compareWindows(
        { ...comparison, stored: stored.get(span) ?? [] },
        differences.add,
      );
      for (const name of Object.keys(tally) as (keyof typeof tally)[]) tally[name] += verdict[name];
      doubledBySpan.set(span, (doubledBySpan.get(span) ?? 0) + verdict.doubled);
    }
    done += 1;
    onProgress({ doing: 'comparing windows', done, of: rooms.length });
  }
  const strangers = (await sources.windowDocumentsTotal()) - sources.windowDocumentsRead();
  const { touchedUnlikeStored, ...figures } = tally;
  return {
    figures: { ...figures, unexpected: figures.unexpected + strangers },
    doubled: Math.max(...doubledBySpan.values(), 0),
    touchedUnlikeStored,
  };
}

function comparisonOf(matter: RoomMatter, spanSeconds: number) {
  const { room, gaps, messages, firstObservedMs, counterSpans } = matter;
  const isStored = (index: number): boolean => messages.isStored[index] === 1;
  // What was sent in a gap under a stamp from elsewhere was never read: its stamp says nothing.
  const isElsewhere = (index: number): boolean =>
    !isStored(index) && messages.isExcused[index] === 1 && room.trueAtMs.has(index);
  const isChosen = (index: number): boolean => !isElsewhere(index);
  const expected = recountWindows(room, { spanSeconds, counterSpans, isChosen });
  const isWhole = messages.stored === messages.sent;
  const ofStoredLines = isWhole
    ? expected
    : recountWindows(room, { spanSeconds, counterSpans, isChosen: isStored });
  return { roomId: room.roomId, spanSeconds, expected, ofStoredLines, gaps, firstObservedMs };
}
