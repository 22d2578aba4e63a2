/** The line with which a sum reaches its threshold: from there on an alert is due. */
import type { SumCondition } from './episodes.ts';
import type { RoomBook } from './room-book.ts';

/**
 * The index of the n-th of the lines, in stamp order, within the w seconds that end with `second`;
 * undefined where it does not lie in that second itself, because then it was the end of the
 * cool-down and no line that began the episode.
 */
export function crossingLine(
  room: RoomBook,
  linesInStampOrder: readonly number[],
  episode: { second: number; condition: Pick<SumCondition, 'atLeast' | 'withinSeconds'> },
): number | undefined {
  const { second, condition } = episode;
  const fromMs = (second - condition.withinSeconds + 1) * 1_000;
  const first = firstAtOrAfter(room, linesInStampOrder, fromMs);
  const crossing = linesInStampOrder[first + condition.atLeast - 1];
  if (crossing === undefined) return undefined;
  return Math.floor(room.atMs.at(crossing) / 1_000) === second ? crossing : undefined;
}

function firstAtOrAfter(room: RoomBook, lines: readonly number[], fromMs: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (room.atMs.at(lines[middle] ?? 0) < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
