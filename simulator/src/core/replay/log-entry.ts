/** One line of a recorded chat: `{"t":ms,"u":pseudonym|null,"m":text}`. */

export interface LogEntry {
  /** Milliseconds of the epoch or of the video; only differences matter. */
  readonly t: number;
  /** Pseudonym of the chatter; null where the recording has none. */
  readonly u: string | null;
  readonly m: string;
}

/** Reads one line; undefined where it is not what a log line should be. */
export function parseLogEntry(line: string): LogEntry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { t, u, m } = json as { t?: unknown; u?: unknown; m?: unknown };
  if (typeof t !== 'number' || !Number.isSafeInteger(t) || typeof m !== 'string') return undefined;
  return { t, u: typeof u === 'string' ? u : null, m };
}

/** What one pass over a log tells about it. */
export interface LogOutline {
  /** Usable entries within the span. */
  readonly count: number;
  /** Lines that could not be read. */
  readonly malformed: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Granularity of the stamps: 1 where they are exact, 1000 for whole seconds, 3000 at most. */
  readonly stepMs: number;
}

/** Coarser steps than this do not occur; a bigger divisor only says that the log is short. */
const STEP_MAX_MS = 3_000;

/**
 * Outlines a log of which only the entries of the first `spanMs` count. Stamps that fall back are
 * taken as the highest one before them.
 */
export function outlineLog(entries: Iterable<LogEntry | undefined>, spanMs: number): LogOutline {
  let outline = { count: 0, malformed: 0, firstMs: 0, lastMs: 0, stepMs: 0 };
  for (const entry of entries) {
    if (entry === undefined) {
      outline.malformed += 1;
      continue;
    }
    if (outline.count === 0) outline = { ...outline, firstMs: entry.t, lastMs: entry.t };
    const atMs = Math.max(entry.t, outline.lastMs);
    if (atMs - outline.firstMs >= spanMs) break;
    outline.stepMs = greatestCommonDivisor(outline.stepMs, atMs - outline.lastMs);
    outline.lastMs = atMs;
    outline.count += 1;
  }
  return { ...outline, stepMs: Math.max(1, Math.min(outline.stepMs, STEP_MAX_MS)) };
}

function greatestCommonDivisor(one: number, other: number): number {
  let [high, low] = [one, other];
  while (low !== 0) [high, low] = [low, high % low];
  return high;
}
