/**
 * When a room was observed, and the gaps in between (docs/reference/semantics.md, Gaps).
 *
 * Per reader set the record of the highest generation counts. A tick vouches for the rooms whose
 * last record says observed with that tick's own generation; a message vouches for its room. A room
 * is unobserved where no reader set vouches for it.
 *
 * A gap opens at the last moment vouched for, when a reader says that it lost the room, or when a
 * newer holder ticks and the room is not taken over for longer than the tolerance. Time alone opens
 * none: a reader that is merely slow vouches later for all of it. The next `room.observed` closes
 * the gap. Old readers may still vouch for some of it, then it begins later; one that turns out to
 * be none ends where it begins.
 */
import type {
  RoomObserved,
  RoomUnobserved,
  UnobservedReason,
} from '@crest/shared/records/room-observed';

/** `reader_lost`: the holder fell silent and another one took over. */
export type GapReason = UnobservedReason | 'reader_lost';

export interface Gap {
  /** Where it first began: its identity, which stays when the beginning moves. */
  readonly idMs: number;
  fromMs: number;
  /** Exclusive; null while it lasts. */
  toMs: number | null;
  readonly reason: GapReason;
  /** Which generation of which reader set lost the room. */
  readonly readerSet: string;
  readonly generation: number;
}

export interface Reader {
  readonly readerSet: string;
  generation: number;
  observed: boolean;
  /** The last moment vouched for by records of this reader; ticks are kept by partition. */
  vouchedMs: number;
}

export interface Observation {
  /** The first moment ever vouched for; null before. */
  firstMs: number | null;
  /** The last message's stamp. */
  messageMs: number;
  readonly readers: Reader[];
  /** In order of time; only the last may be open. Gaps of unwanted rooms stand among them. */
  readonly gaps: Gap[];
}

/** A gap that changed, and the span in which what was said of the room is no longer true. */
export interface GapChange {
  readonly gap: Gap;
  readonly fromMs: number;
  /** Exclusive; Infinity while the gap lasts. */
  readonly toMs: number;
}

/** The last tick of each generation of each reader set in a partition, newest last. */
export interface TickOf {
  readonly readerSet: string;
  readonly generation: number;
  atMs: number;
}

/** What decides whether a silence is a gap. */
export interface GapRules {
  readonly ticks: readonly TickOf[];
  /** Ticks come at intervals: a hand-over within this of the last one leaves no gap, event ms. */
  readonly toleranceMs: number;
}

/** More than this many gaps of a room are not kept for shares; the store has them all. */
const GAPS_MAX = 500;
const TICKS_KEPT_PER_SET = 4;

/** A room that nobody ever observed. */
export function createObservation(): Observation {
  return { firstMs: null, messageMs: 0, readers: [], gaps: [] };
}

/** Notes a tick among the last ones of a partition. */
export function noteTick(ticks: TickOf[], tick: TickOf): void {
  const same = ticks.find(
    (t) => t.readerSet === tick.readerSet && t.generation === tick.generation,
  );
  if (same !== undefined) {
    same.atMs = Math.max(same.atMs, tick.atMs);
    return;
  }
  ticks.push({ readerSet: tick.readerSet, generation: tick.generation, atMs: tick.atMs });
  const ofSet = ticks.filter((t) => t.readerSet === tick.readerSet);
  if (ofSet.length <= TICKS_KEPT_PER_SET) return;
  const oldest = ofSet.reduce((a, b) => (a.generation < b.generation ? a : b));
  ticks.splice(ticks.indexOf(oldest), 1);
}

/** A line of chat was read. */
export function vouchByMessage(room: Observation, atMs: number): GapChange[] {
  if (room.firstMs === null || atMs < room.firstMs) room.firstMs = atMs;
  if (atMs > room.messageMs) room.messageMs = atMs;
  if (room.gaps.length === 0) return [];
  const gap = room.gaps.findLast(({ fromMs, toMs }) => fromMs < atMs && atMs < (toMs ?? Infinity));
  if (gap === undefined) return [];
  // Only the reader of before can have read it while the gap is open, and it reads in order.
  if (gap.toMs === null) return [moveStart(gap, atMs)];
  // Afterwards nobody knows which reader it came from: what lies on both sides stays unobserved.
  const rest: Gap = { ...gap, idMs: atMs, fromMs: atMs };
  gap.toMs = atMs;
  room.gaps.splice(room.gaps.indexOf(gap) + 1, 0, rest);
  return [
    { gap, fromMs: atMs, toMs: atMs },
    { gap: rest, fromMs: atMs, toMs: atMs },
  ];
}

/** A join was confirmed. */
export function vouchByJoin(
  room: Observation,
  record: Pick<RoomObserved, 'readerSet' | 'generation' | 'atMs'>,
  rules: GapRules,
): GapChange[] {
  const { readerSet, generation, atMs } = record;
  const reader = room.readers.find((r) => r.readerSet === readerSet);
  if (reader !== undefined && generation < reader.generation) return [];
  const closed = closeOpenGap(room, atMs);
  const changes =
    closed === null && reader !== undefined
      ? missedHandOver(room, reader, { record, rules })
      : closed;
  if (room.firstMs === null || atMs < room.firstMs) room.firstMs = atMs;
  if (reader === undefined) {
    room.readers.push({ readerSet, generation, observed: true, vouchedMs: atMs });
  } else {
    reader.generation = generation;
    reader.observed = true;
    reader.vouchedMs = Math.max(reader.vouchedMs, atMs);
  }
  return changes === null ? [] : [changes];
}

/** A reader says that it does not read the room, or no longer. */
export function endByReader(
  room: Observation,
  record: Pick<RoomUnobserved, 'readerSet' | 'generation' | 'atMs' | 'sinceMs' | 'reason'>,
  ticks: readonly TickOf[],
): GapChange[] {
  const { readerSet, generation, reason } = record;
  const reader = room.readers.find((r) => r.readerSet === readerSet);
  if (reader === undefined) {
    room.readers.push({ readerSet, generation, observed: false, vouchedMs: 0 });
    return [];
  }
  if (generation < reader.generation) return vouchAfterwards(room, record);
  const lost = { readerSet, generation: reader.generation, reason };
  endReader(reader, record, ticks);
  const closed = reason === 'unwanted' ? closeOpenGap(room, record.atMs) : null;
  const changes = closed === null ? [] : [closed];
  const isRead = room.firstMs === null || room.readers.some((r) => r.observed);
  if (isRead || hasOpenGap(room)) return changes;
  const fromMs = Math.max(vouchedUpTo(room, ticks), closed?.gap.toMs ?? 0);
  return [...changes, addGap(room, { ...lost, fromMs, toMs: null })];
}

/** A tick of a newer holder: opens gaps of rooms that the old one no longer vouches for. */
export function loseSilentReader(
  room: Observation,
  tick: TickOf,
  { ticks, toleranceMs }: GapRules,
): GapChange[] {
  const reader = room.readers.find((r) => r.readerSet === tick.readerSet);
  if (reader?.observed !== true || reader.generation >= tick.generation) return [];
  if (hasOpenGap(room) || !isAlone(room, reader)) return [];
  const fromMs = vouchedUpTo(room, ticks);
  if (tick.atMs - fromMs <= toleranceMs) return [];
  const { readerSet, generation } = reader;
  return [addGap(room, { fromMs, toMs: null, reason: 'reader_lost', readerSet, generation })];
}

/** True while nobody reads a room that somebody wants. */
export function isInGap({ gaps }: Observation): boolean {
  const gap = gaps.at(-1);
  return gap?.toMs === null && gap.reason !== 'unwanted';
}

/** Share of the span in which the room was observed, 0 to 1. */
export function observedShare(room: Observation, fromMs: number, toMs: number): number {
  if (room.firstMs === null) return 0;
  let unobservedMs = Math.max(0, Math.min(toMs, room.firstMs) - fromMs);
  for (const gap of room.gaps) {
    const overlap = Math.min(toMs, gap.toMs ?? Infinity) - Math.max(fromMs, gap.fromMs);
    if (overlap > 0) unobservedMs += overlap;
  }
  const spanMs = toMs - fromMs;
  return Math.max(0, spanMs - unobservedMs) / spanMs;
}

/** False when any part of the second lies in a gap. */
export function isSecondObserved(room: Observation, second: number): boolean {
  const startMs = second * 1000;
  return !room.gaps.some(
    ({ fromMs, toMs }) =>
      fromMs < startMs + 1000 && (toMs ?? Infinity) > startMs && toMs !== fromMs,
  );
}

// -- the last moment vouched for -----------------------------------------------------------------------

function vouchedUpTo(room: Observation, ticks: readonly TickOf[]): number {
  let vouchedMs = Math.max(room.messageMs, room.firstMs ?? 0);
  for (const reader of room.readers) {
    vouchedMs = Math.max(vouchedMs, vouchedByReader(reader, ticks));
  }
  return vouchedMs;
}

function vouchedByReader(reader: Reader, ticks: readonly TickOf[]): number {
  if (!reader.observed) return reader.vouchedMs;
  const tick = ticks.find(
    (t) => t.readerSet === reader.readerSet && t.generation === reader.generation,
  );
  return Math.max(reader.vouchedMs, tick?.atMs ?? 0);
}

function isAlone(room: Observation, reader: Reader): boolean {
  return room.readers.every((other) => other === reader || !other.observed);
}

// -- gaps -----------------------------------------------------------------------------------------------

// The reader that lost the room, or handed it over, says that it read on until `sinceMs`.
function vouchAfterwards(
  room: Observation,
  { readerSet, generation, sinceMs }: Pick<RoomUnobserved, 'readerSet' | 'generation' | 'sinceMs'>,
): GapChange[] {
  const gap = room.gaps.findLast(
    (g) => g.readerSet === readerSet && g.generation === generation && g.fromMs < sinceMs,
  );
  return gap === undefined ? [] : [moveStart(gap, sinceMs)];
}

function moveStart(gap: Gap, toMs: number): GapChange {
  const { fromMs } = gap;
  gap.fromMs = Math.min(toMs, gap.toMs ?? Infinity);
  return { gap, fromMs, toMs: gap.fromMs };
}

// A newer holder confirmed its join while the older one was not known to have stopped.
function missedHandOver(
  room: Observation,
  reader: Reader,
  { record, rules }: { record: { generation: number; atMs: number }; rules: GapRules },
): GapChange | null {
  if (!reader.observed || record.generation === reader.generation || !isAlone(room, reader)) {
    return null;
  }
  const fromMs = vouchedUpTo(room, rules.ticks);
  if (record.atMs - fromMs <= rules.toleranceMs) return null;
  const { readerSet, generation } = reader;
  return addGap(room, { fromMs, toMs: record.atMs, reason: 'reader_lost', readerSet, generation });
}

function endReader(
  reader: Reader,
  { generation, sinceMs }: { generation: number; sinceMs: number },
  ticks: readonly TickOf[],
): void {
  // What ticks said of the room since then is taken back; what an older holder said stands.
  if (reader.observed) {
    reader.vouchedMs = generation === reader.generation ? sinceMs : vouchedByReader(reader, ticks);
  }
  reader.observed = false;
  reader.generation = generation;
}

function hasOpenGap(room: Observation): boolean {
  return room.gaps.at(-1)?.toMs === null;
}

function closeOpenGap(room: Observation, atMs: number): GapChange | null {
  const gap = room.gaps.at(-1);
  if (gap === undefined || gap.toMs !== null) return null;
  gap.toMs = Math.max(gap.fromMs, atMs);
  return { gap, fromMs: gap.toMs, toMs: Infinity };
}

function addGap(room: Observation, gap: Omit<Gap, 'idMs'>): GapChange {
  const added: Gap = { idMs: gap.fromMs, ...gap };
  room.gaps.push(added);
  if (room.gaps.length > GAPS_MAX) room.gaps.shift();
  return { gap: added, fromMs: gap.fromMs, toMs: gap.toMs ?? Infinity };
}
