/** Reads a ledger into one book per room: the ground of every recount. */
import type { LedgerEntry, LedgerRun } from '../ledger/ledger-line.ts';
import { RoomBook, type WantedPhrase } from './room-book.ts';

export interface LedgerBook {
  readonly run: LedgerRun;
  /** By room id; every room of the run, also those in which nothing was said. */
  readonly rooms: ReadonlyMap<string, RoomBook>;
  /** When the lines began; null where they never did. */
  readonly start: { readonly atMs: number; readonly wallMs: number } | null;
  /** When they were over; null where the simulator did not come to say so. */
  readonly end: { readonly atMs: number; readonly wallMs: number } | null;
  /** Wall time of the last entry, epoch milliseconds; 0 for an empty run. */
  readonly lastWallMs: number;
}

/** A book that is being written. */
interface OpenBook {
  run: LedgerRun;
  rooms: Map<string, RoomBook>;
  start: { atMs: number; wallMs: number } | null;
  end: { atMs: number; wallMs: number } | null;
  lastWallMs: number;
}

/**
 * Reads the entries to their end. `onLines` hears now and then how many lines were read.
 * @throws Error where the first entry is not `run`, or a line is of a room that the run lacks.
 */
export async function readLedgerBook(
  entries: AsyncIterable<LedgerEntry> | Iterable<LedgerEntry>,
  phrases: readonly WantedPhrase[],
  onLines: (lines: number) => void = () => undefined,
): Promise<LedgerBook> {
  let book: OpenBook | undefined;
  let count = 0;
  for await (const entry of entries) {
    if (entry.kind === 'run') book = openBook(entry, phrases);
    else if (book === undefined) throw new Error('the ledger does not begin with its run');
    else enter(book, entry);
    count += 1;
    if (count % 10_000 === 0) onLines(count);
  }
  if (book === undefined) throw new Error('the ledger is empty');
  return book;
}

function openBook(run: LedgerRun, phrases: readonly WantedPhrase[]): OpenBook {
  const rooms = new Map(run.rooms.map((room) => [room.id, new RoomBook(room, phrases)]));
  return { run, rooms, start: null, end: null, lastWallMs: 0 };
}

function enter(book: OpenBook, entry: Exclude<LedgerEntry, LedgerRun>): void {
  book.lastWallMs = Math.max(book.lastWallMs, entry.wallMs);
  if (entry.kind === 'start') book.start = { atMs: entry.atMs, wallMs: entry.wallMs };
  if (entry.kind === 'end') book.end = { atMs: entry.atMs, wallMs: entry.wallMs };
  if (entry.kind !== 'line') return;
  const room = book.rooms.get(entry.room);
  if (room === undefined) throw new Error(`the run has no room ${entry.room}`);
  room.enter(entry);
}
