/** Gaps as recorded: spans of event time in which a room was read by nobody. */

export interface GapSpan {
  readonly roomId: string;
  /** The last moment vouched for, epoch milliseconds. */
  readonly fromMs: number;
  /** The next confirmed join; null while there is none. */
  readonly toMs: number | null;
}

function endOf(gap: GapSpan): number {
  return gap.toMs ?? Infinity;
}

/**
 * Whether a line that is stored nowhere lies in the gap. The edges belong to it: of two lines with
 * the stamp of the last moment vouched for, only one need have been read.
 */
export function excuses(gap: GapSpan, atMs: number): boolean {
  return gap.fromMs <= atMs && atMs <= endOf(gap);
}

/** Whether a stored line lies inside the gap, which none may. The edges do not belong to it. */
export function denies(gap: GapSpan, atMs: number): boolean {
  return gap.fromMs < atMs && atMs < endOf(gap);
}

/** Whether the span of event time (its end apart) has a moment in common with the gap. */
export function touches(gap: GapSpan, fromMs: number, toMs: number): boolean {
  return gap.fromMs < toMs && fromMs <= endOf(gap);
}
