/** Counts by second of event time, from the first second with a line to the last one. */
import type { RoomBook } from './room-book.ts';

export interface SecondCounts {
  /** Epoch second of event time of the first count; 0 where there is none. */
  readonly firstSecond: number;
  readonly counts: Int32Array;
}

/** How many of the lines, given by index and in any order, fall in each second. */
export function countBySecond(room: RoomBook, lines: readonly number[]): SecondCounts {
  const seconds = lines.map((index) => Math.floor(room.atMs.at(index) / 1_000));
  if (seconds.length === 0) return { firstSecond: 0, counts: new Int32Array(0) };
  const firstSecond = seconds.reduce((a, b) => Math.min(a, b));
  const lastSecond = seconds.reduce((a, b) => Math.max(a, b));
  const counts = new Int32Array(lastSecond - firstSecond + 1);
  for (const second of seconds) {
    counts[second - firstSecond] = (counts[second - firstSecond] ?? 0) + 1;
  }
  return { firstSecond, counts };
}
