/** Gaps as they are stored, against the lines that are stored and the shares of the windows. */
import { denies, type GapSpan } from '@crest/simulator/recount/gap-span';
import type { ReaderView, SeenWindow } from './judge-windows.ts';
import type { LogFacts, LoggedRoom } from './log-facts.ts';
import type { SimStore } from './sim-store.ts';

/** Shares are sums of parts: so far apart they are the same. */
const SHARE_TOLERANCE = 1e-9;

/** Every line inside a gap, every share that is not what the gaps leave, gaps that overlap. */
export function judgeGaps(store: SimStore, view: ReaderView, facts: LogFacts): string[] {
  const gaps = Map.groupBy(gapsOf(store), ({ roomId }) => roomId);
  const windows = Map.groupBy(view.windows.values(), ({ channelId }) => channelId);
  return [...facts.rooms].flatMap(([roomId, room]) => {
    const mine = (gaps.get(roomId) ?? []).sort((a, b) => a.fromMs - b.fromMs);
    const judged = (seen: readonly SeenWindow[]): SeenWindow[] =>
      seen.filter(({ window: { startMs, spanSeconds } }) => {
        return !facts.isClosedTooLate(room.partition, startMs + spanSeconds * 1_000);
      });
    // What nobody wanted is not observed and is no gap: the shares alone say so.
    const isWhole = !facts.isEverUnwanted(roomId) && !room.hasLinesBeforeJoin;
    return [
      ...linesInside(room, mine),
      ...overlaps(mine),
      ...(isWhole ? wrongShares(room, mine, judged(windows.get(roomId) ?? [])) : []),
    ];
  });
}

function gapsOf(store: SimStore): GapSpan[] {
  return [...store.of('gaps').values()]
    .map((gap) => gap as unknown as GapSpan & { channelId: string })
    .filter(({ fromMs, toMs }) => toMs === null || fromMs < toMs)
    .map(({ channelId, fromMs, toMs }) => ({ roomId: channelId, fromMs, toMs }));
}

function linesInside(room: LoggedRoom, gaps: readonly GapSpan[]): string[] {
  return room.lines
    .filter(({ provesMs, isClamped }) => !isClamped && gaps.some((gap) => denies(gap, provesMs)))
    .map(({ id, provesMs, roomId }) => `line ${id} at ${provesMs} lies in a gap of ${roomId}`);
}

function overlaps(gaps: readonly GapSpan[]): string[] {
  return gaps
    .filter((gap, i) => (gaps[i - 1]?.toMs ?? (i === 0 ? 0 : Infinity)) > gap.fromMs)
    .map(({ roomId, fromMs }) => `the gap of ${roomId} from ${fromMs} overlaps the one before`);
}

function wrongShares(
  room: LoggedRoom,
  gaps: readonly GapSpan[],
  windows: readonly SeenWindow[],
): string[] {
  const { firstMs } = room;
  return windows.flatMap(({ channelId, window }) => {
    const [fromMs, toMs] = [window.startMs, window.startMs + window.spanSeconds * 1000];
    const before = Math.max(0, Math.min(toMs, firstMs ?? Infinity) - fromMs);
    const inGaps = gaps.reduce((sum, gap) => sum + overlapMs(gap, fromMs, toMs), 0);
    const expected = Math.max(0, 1 - (before + inGaps) / (toMs - fromMs));
    if (Math.abs(expected - window.observedShare) <= SHARE_TOLERANCE) return [];
    const place = `${channelId}:${window.spanSeconds}:${window.startMs}`;
    return [`window ${place}: share ${window.observedShare} instead of ${expected}`];
  });
}

function overlapMs(gap: GapSpan, fromMs: number, toMs: number): number {
  return Math.max(0, Math.min(toMs, gap.toMs ?? Infinity) - Math.max(fromMs, gap.fromMs));
}
