/**
 * When a room was observed (docs/reference/semantics.md, Observation and gaps).
 *
 * What is kept is what was read: for each reader, one generation of one reader set, the span since
 * its last join; for good, the spans of readers that ended; and how far lines of chat prove it. A room
 * is unobserved where none of them reaches, whichever order they came in, since readers are many
 * and a disk drained late speaks of the past. `gap-list.ts` makes gaps of the rest.
 *
 * - A reader that joined vouches up to its last tick; the newest holder of a partition in its reader
 *   set is believed to read on, because time alone opens no gap.
 * - A line that was stored proves that whoever read it had read its room up to there since its own
 *   join. Who it was is not known: from the latest join on it holds whoever it was, and a line from
 *   before that join proves its own moment only.
 */
import type {
  RoomObserved,
  RoomUnobserved,
  UnobservedReason,
} from '@crest/shared/records/room-observed';
import type { Gap } from './gap-list.ts';
import { addSpan, type Span } from './spans.ts';
import type { LineReading } from '@crest/shared/records/line-reading';

/** `reader_lost`: the holder fell silent and another one took over. */
export type GapReason = UnobservedReason | 'reader_lost';

/** One generation of a reader set in one room. Times are event milliseconds. */
export interface Reader {
  readonly readerSet: string;
  readonly generation: number;
  isReading: boolean;
  /** Its last join; null before the first. */
  fromMs: number | null;
  /** Why it does not read; null while it does. */
  reason: UnobservedReason | null;
  /** The time of its last word about the room: what is older is a repeat. */
  saidMs: number;
  /** How far lines that name it prove that it read. */
  linesMs?: number;
}

export interface Observation {
  /** The first moment of which anything is known; null before. */
  firstMs: number | null;
  /** The first join: there are no gaps before it. Null before. */
  joinedMs: number | null;
  readonly readers: Reader[];
  /** What was read by readers that have ended. */
  readonly settled: Span[];
  /** The last ends that readers told. */
  readonly ends: { readonly atMs: number; readonly reason: UnobservedReason }[];
  /** The latest join of those who read, or of those who did when nobody does; null before any. */
  latestJoinMs: number | null;
  /** Before this a join may be among records that are lost: it is taken for one. */
  lostMs?: number;
  /** What the lines of chat prove since that join. */
  lines: { readonly fromMs: number; toMs: number } | null;
  /** When nobody wanted the room; the last one may have no end yet. */
  readonly idle: Span[];
  /** As told so far, in order of time; spans of unwanted rooms stand among them. */
  gaps: Gap[];
}

/** The last tick of each generation of each reader set in a partition. */
export interface TickOf {
  readonly readerSet: string;
  readonly generation: number;
  atMs: number;
}

/** Older spans are forgotten, and the gaps before them are left as they are. */
export const SPANS_MAX = 500;
const READERS_KEPT_PER_SET = 8;
const ENDS_MAX = 8;
const TICKS_KEPT_PER_SET = 8;

/** A room that nobody ever observed. */
export function createObservation(): Observation {
  return {
    firstMs: null,
    joinedMs: null,
    latestJoinMs: null,
    lines: null,
    readers: [],
    settled: [],
    ends: [],
    idle: [],
    gaps: [],
  };
}

/** Notes a tick among the last ones of a partition; returns one that is forgotten for it. */
export function noteTick(ticks: TickOf[], tick: TickOf): TickOf | null {
  const same = tickOf(ticks, tick);
  if (same !== undefined) {
    same.atMs = Math.max(same.atMs, tick.atMs);
    return null;
  }
  ticks.push({ readerSet: tick.readerSet, generation: tick.generation, atMs: tick.atMs });
  const ofSet = ticks.filter((t) => t.readerSet === tick.readerSet);
  if (ofSet.length <= TICKS_KEPT_PER_SET) return null;
  const oldest = ofSet.reduce((a, b) => (a.generation < b.generation ? a : b));
  ticks.splice(ticks.indexOf(oldest), 1);
  return oldest;
}

/** A line of chat was read; returns the span of which it says something new. */
export function vouchByLine(
  room: Observation,
  { atMs: stampMs, readAtMs, readBy }: LineReading & { readonly atMs: number },
  ticks: readonly TickOf[],
): Span {
  // Whoever read it cannot have read what came after.
  const atMs = Math.min(stampMs, readAtMs ?? stampMs);
  // From the first join on, a line from before it proves its own moment only.
  if (room.joinedMs === null) room.firstMs = Math.min(room.firstMs ?? atMs, atMs);
  const reader = readBy === undefined ? undefined : readerOf(room, readBy);
  if (reader?.isReading === true && (reader.fromMs ?? Infinity) <= atMs) {
    const fromMs = Math.min(atMs, vouchedByReader(reader, ticks));
    reader.linesMs = Math.max(reader.linesMs ?? 0, atMs);
    return { fromMs, toMs: atMs };
  }
  vouchSinceLatestJoin(room, atMs);
  return { fromMs: atMs, toMs: atMs };
}

/** Nobody says who read the line: it is taken to be whoever joined last. */
function vouchSinceLatestJoin(room: Observation, atMs: number): void {
  const { lines, latestJoinMs } = room;
  if (latestJoinMs === null) return;
  if (atMs < latestJoinMs) return settle(room, { fromMs: atMs, toMs: atMs });
  if (lines === null || lines.fromMs !== latestJoinMs) {
    if (lines !== null) settle(room, lines);
    room.lines = { fromMs: latestJoinMs, toMs: atMs };
  } else if (atMs > lines.toMs) {
    lines.toMs = atMs;
  }
}

/** A join was confirmed. */
export function vouchByJoin(
  room: Observation,
  record: Pick<RoomObserved, 'readerSet' | 'generation' | 'atMs'>,
  ticks: readonly TickOf[],
): void {
  const { atMs } = record;
  const reader = readerOf(room, record) ?? addReader(room, record, ticks);
  if (atMs < reader.saidMs) return;
  reader.saidMs = atMs;
  if (reader.isReading) return;
  reader.isReading = true;
  reader.fromMs = atMs;
  reader.reason = null;
  noteLatestJoin(room);
  room.firstMs = Math.min(room.firstMs ?? atMs, atMs);
  room.joinedMs = Math.min(room.joinedMs ?? atMs, atMs);
  if (isNewestInRoom(room, reader)) endIdle(room, atMs);
}

/** A reader says that it does not read the room, or no longer. */
export function endByReader(
  room: Observation,
  record: Pick<RoomUnobserved, 'readerSet' | 'generation' | 'atMs' | 'sinceMs' | 'reason'>,
  ticks: readonly TickOf[],
): void {
  const { atMs, sinceMs, reason } = record;
  const reader = readerOf(room, record) ?? addReader(room, record, ticks);
  if (atMs < reader.saidMs) return;
  reader.saidMs = atMs;
  if (reader.isReading || reader.fromMs === null) reader.reason = reason;
  // What ticks said of the room since then is taken back.
  const endMs = reader.isReading ? endAt(room, reader, sinceMs) : atMs;
  if (reason === 'unwanted') {
    if (isNewestInRoom(room, reader)) beginIdle(room, endMs);
  } else if (reader.fromMs !== null) {
    noteEnd(room, { atMs: endMs, reason });
  }
}

/**
 * Records of a generation are lost that were written before `atMs`: what was vouched for so far
 * stands, and it reads on from there. That one of them was the end of a room is taken to be too rare
 * to give up every room of the partition for.
 */
export function loseRecords(
  room: Observation,
  lost: Readonly<TickOf>,
  ticks: readonly TickOf[],
): boolean {
  room.lostMs = Math.max(room.lostMs ?? 0, lost.atMs);
  noteLatestJoin(room);
  const reader = readerOf(room, lost);
  if (reader?.isReading !== true || reader.fromMs === null) return false;
  const { fromMs } = reader;
  settle(room, { fromMs, toMs: vouchedByReader(reader, ticks) });
  reader.fromMs = Math.max(fromMs, lost.atMs);
  noteLatestJoin(room);
  return true;
}

/** A tick is forgotten: what it vouched for is kept for good. */
export function settleTick(room: Observation, tick: TickOf): void {
  const reader = readerOf(room, tick);
  if (reader?.isReading === true) endAt(room, reader, tick.atMs);
}

/** Whether the tick says something new of the room: who is believed to read on says no more by it. */
export function isVouchedByTick(
  room: Observation,
  tick: TickOf,
  ticks: readonly TickOf[],
): boolean {
  const reader = readerOf(room, tick);
  return reader?.isReading === true && !isBelieved(room, reader, ticks);
}

/** Everything that was read, as far as is known; up to Infinity where a reader is believed. */
export function covered(room: Observation, ticks: readonly TickOf[]): Span[] {
  const spans = [...room.settled];
  if (room.lines !== null) addSpan(spans, room.lines);
  for (const reader of room.readers) {
    const { isReading, fromMs } = reader;
    if (!isReading || fromMs === null) continue;
    const vouchedMs = vouchedByReader(reader, ticks);
    addSpan(spans, { fromMs, toMs: isBelieved(room, reader, ticks) ? Infinity : vouchedMs });
  }
  return spans;
}

/** Why nobody read the room from this moment on. */
export function reasonAt({ readers, ends }: Observation, fromMs: number): GapReason {
  const end = ends.filter(({ atMs }) => atMs <= fromMs).sort((a, b) => b.atMs - a.atMs)[0];
  const isJoinedSince = (reader: Reader): boolean =>
    reader.fromMs !== null && reader.fromMs <= fromMs && reader.fromMs > (end?.atMs ?? -1);
  if (end !== undefined && !readers.some(isJoinedSince)) return end.reason;
  return readers.find((reader) => reader.fromMs === null)?.reason ?? 'reader_lost';
}

// -- readers -----------------------------------------------------------------------------------------

function tickOf(ticks: readonly TickOf[], of: Omit<TickOf, 'atMs'>): TickOf | undefined {
  return ticks.find((t) => t.readerSet === of.readerSet && t.generation === of.generation);
}

function readerOf({ readers }: Observation, of: Omit<TickOf, 'atMs'>): Reader | undefined {
  return readers.find((r) => r.readerSet === of.readerSet && r.generation === of.generation);
}

/** How far ticks and lines say that it read, since its join. */
function vouchedByReader(reader: Reader, ticks: readonly TickOf[]): number {
  const { fromMs, linesMs = 0 } = reader;
  return Math.max(fromMs ?? 0, tickOf(ticks, reader)?.atMs ?? 0, linesMs);
}

/** The newest holder of its set reads on until it says otherwise: time alone opens no gap. */
function isBelieved(room: Observation, reader: Reader, ticks: readonly TickOf[]): boolean {
  const isOlder = (t: TickOf): boolean =>
    t.readerSet === reader.readerSet && t.generation > reader.generation;
  return isNewestInRoom(room, reader) && !ticks.some(isOlder);
}

function isNewestInRoom({ readers }: Observation, of: Reader): boolean {
  return readers.every((r) => r.readerSet !== of.readerSet || r.generation <= of.generation);
}

function addReader(
  room: Observation,
  { readerSet, generation }: Omit<TickOf, 'atMs'>,
  ticks: readonly TickOf[],
): Reader {
  const nothing = { isReading: false, fromMs: null, reason: null, saidMs: 0 };
  const reader: Reader = { readerSet, generation, ...nothing };
  room.readers.push(reader);
  const ofSet = room.readers.filter((other) => other.readerSet === readerSet);
  if (ofSet.length > READERS_KEPT_PER_SET) {
    const oldest = ofSet.reduce((a, b) => (a.generation < b.generation ? a : b));
    forget(room, oldest, ticks);
  }
  return reader;
}

function forget(room: Observation, reader: Reader, ticks: readonly TickOf[]): void {
  if (reader.isReading) endAt(room, reader, tickOf(ticks, reader)?.atMs ?? 0);
  room.readers.splice(room.readers.indexOf(reader), 1);
  noteLatestJoin(room);
}

/** Ends what the reader read at this moment, or at its join if that is later; returns which. */
function endAt(room: Observation, reader: Reader, atMs: number): number {
  const fromMs = reader.fromMs ?? atMs;
  const toMs = Math.max(fromMs, atMs, reader.linesMs ?? 0);
  reader.isReading = false;
  settle(room, { fromMs, toMs });
  noteLatestJoin(room);
  return toMs;
}

function noteEnd({ ends }: Observation, end: Observation['ends'][number]): void {
  ends.push(end);
  if (ends.length > ENDS_MAX) ends.shift();
}

function noteLatestJoin(room: Observation): void {
  const reading = room.readers.filter(({ isReading }) => isReading);
  const joins = (reading.length > 0 ? reading : room.readers)
    .map(({ fromMs }) => fromMs)
    .filter((fromMs) => fromMs !== null);
  if (joins.length > 0) room.latestJoinMs = Math.max(...joins, room.lostMs ?? 0);
}

// -- spans -------------------------------------------------------------------------------------------

function settle(room: Observation, span: Span): void {
  addSpan(room.settled, span);
  if (room.settled.length > SPANS_MAX) room.settled.shift();
}

function beginIdle({ idle }: Observation, fromMs: number): void {
  if (idle.at(-1)?.toMs === Infinity) return;
  addSpan(idle, { fromMs, toMs: Infinity });
  if (idle.length > SPANS_MAX) idle.shift();
}

function endIdle({ idle }: Observation, toMs: number): void {
  const last = idle.at(-1);
  if (last?.toMs !== Infinity) return;
  idle[idle.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.fromMs, toMs) };
}
