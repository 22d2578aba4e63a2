/**
 * How a line of chat was read, in the records of lines: said only where the stamp alone would make
 * it vouch for too much or too little (docs/reference/semantics.md, Observation and gaps).
 */
import { z } from 'zod';

export interface LineReading {
  /** Event time at which it was read, where its stamp is later: it vouches no further. */
  readAtMs?: number | undefined;
  /** Who read it, where it was read long after its stamp: another may hold its room by then. */
  readBy?: { readerSet: string; generation: number } | undefined;
}

/** For the schemas of lines. */
export const LINE_READING = {
  readAtMs: z.int().nonnegative().optional(),
  readBy: z.object({ readerSet: z.string(), generation: z.int() }).optional(),
};
