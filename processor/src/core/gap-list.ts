/**
 * The gaps of a room as they are told: what `observation.ts` leaves uncovered, compared with what was
 * told before.
 *
 * A gap is told once the watermark has passed its beginning. Before that an old holder may still
 * say that it read on, which is how a planned move leaves none. A gap keeps the key of its first
 * beginning whatever becomes of it; one that turns out to be none ends where it begins.
 */
import {
  covered,
  reasonAt,
  SPANS_MAX,
  type GapReason,
  type Observation,
  type TickOf,
} from './observation.ts';
import { common, difference, uncovered, without, type Span } from './spans.ts';

/** A span in which nobody read the room; with the reason `unwanted` it is no gap. */
export interface Gap {
  /** Where it first began: its identity, which stays when the beginning moves. */
  readonly idMs: number;
  fromMs: number;
  /** Exclusive; Infinity while it lasts. */
  toMs: number;
  readonly reason: GapReason;
}

export interface GapChanges {
  /** Gaps that are told for the first time or otherwise than before. */
  readonly told: readonly Gap[];
  /** Spans in which what was said of the room is no longer true. */
  readonly changed: readonly (Span & { readonly isObserved: boolean })[];
  /** A gap begins that is not told yet. */
  readonly isWaiting: boolean;
}

interface Wanted extends Span {
  readonly isUnwanted: boolean;
}

/** What the room's gaps are compared with. */
export interface GapView {
  /** Of the partition. */
  readonly ticks: readonly TickOf[];
  /** Gaps that begin before this are told. */
  readonly toldBeforeMs: number;
}

const NOTHING: GapChanges = { told: [], changed: [], isWaiting: false };

/** Whether a gap begins that will be told when the watermark has passed its beginning. */
export function isWaitingToTell(room: Observation, { ticks, toldBeforeMs }: GapView): boolean {
  if (room.joinedMs === null) return false;
  const from = { fromMs: Math.max(room.joinedMs, toldBeforeMs), toMs: Infinity };
  return uncovered(covered(room, ticks), from).length > 0;
}

/** Brings the told gaps up to what is known now. */
export function retell(room: Observation, { ticks, toldBeforeMs }: GapView): GapChanges {
  if (room.joinedMs === null) return NOTHING;
  const spans = covered(room, ticks);
  const floorMs = spans.length < SPANS_MAX ? room.joinedMs : (spans[0]?.fromMs ?? 0);
  const left = uncovered(spans, { fromMs: floorMs, toMs: Infinity });
  const due = left.filter(({ fromMs }) => fromMs < toldBeforeMs);
  const isWaiting = due.length < left.length;
  const old = room.gaps.filter(({ fromMs }) => fromMs < floorMs);
  const before = room.gaps.filter(({ fromMs }) => fromMs >= floorMs);
  if (due.length === 0 && before.length === 0)
    return isWaiting ? { ...NOTHING, isWaiting } : NOTHING;
  const changed = difference(due, before).map((span) => ({
    ...span,
    isObserved: common([span], due).length === 0,
  }));
  const now = [
    ...without(due, room.idle).map((span): Wanted => ({ ...span, isUnwanted: false })),
    ...common(due, room.idle).map((span): Wanted => ({ ...span, isUnwanted: true })),
  ].sort((a, b) => a.fromMs - b.fromMs);
  const { gaps, told } = match(room, before, now);
  room.gaps = [...old, ...gaps].slice(-SPANS_MAX);
  return { told, changed, isWaiting };
}

/** True while nobody reads a room that somebody wants. */
export function isInGap({ gaps }: Observation): boolean {
  const gap = gaps.at(-1);
  return gap?.toMs === Infinity && gap.reason !== 'unwanted';
}

/** Whether anything of the span, or the moment that it is, lies inside one that was told. */
export function isToldUnread({ gaps }: Observation, span: Span): boolean {
  const last = gaps.at(-1);
  if (last === undefined || span.fromMs >= last.toMs) return false;
  return gaps.some(({ fromMs, toMs }) => fromMs < span.toMs && span.fromMs < toMs);
}

/** Share of the span in which the room was observed, 0 to 1. */
export function observedShare(room: Observation, fromMs: number, toMs: number): number {
  if (room.firstMs === null) return 0;
  let unobservedMs = Math.max(0, Math.min(toMs, room.firstMs) - fromMs);
  for (const gap of room.gaps) {
    const overlap = Math.min(toMs, gap.toMs) - Math.max(fromMs, gap.fromMs);
    if (overlap > 0) unobservedMs += overlap;
  }
  const spanMs = toMs - fromMs;
  return Math.max(0, spanMs - unobservedMs) / spanMs;
}

/** False when any part of the second lies in a gap. */
export function isSecondObserved(room: Observation, second: number): boolean {
  const startMs = second * 1000;
  return !room.gaps.some(({ fromMs, toMs }) => fromMs < startMs + 1000 && toMs > startMs);
}

// -- comparing ----------------------------------------------------------------------------------------

/** Each span that is left takes up the first gap of before that it meets; the rest turn out to be none. */
function match(
  room: Observation,
  before: readonly Gap[],
  now: readonly Wanted[],
): { gaps: Gap[]; told: Gap[] } {
  const gaps: Gap[] = [];
  const told: Gap[] = [];
  const ids = new Set(room.gaps.map(({ idMs }) => idMs));
  const free = new Set(before);
  for (const span of now) {
    const { fromMs, toMs, isUnwanted } = span;
    const met = [...free].find((gap) => isSame(gap, span));
    const gap = met ?? newGap(room, span, ids);
    if (met !== undefined) free.delete(met);
    if (met === undefined || gap.fromMs !== fromMs || gap.toMs !== toMs) {
      Object.assign(gap, { fromMs, toMs });
      if (!isUnwanted) told.push(gap);
    }
    gaps.push(gap);
  }
  for (const gap of free) {
    if (gap.reason !== 'unwanted') told.push({ ...gap, toMs: gap.fromMs });
  }
  return { gaps, told };
}

function isSame(gap: Gap, { fromMs, toMs, isUnwanted }: Wanted): boolean {
  const meets = gap.fromMs <= toMs && fromMs <= gap.toMs;
  return meets && (gap.reason === 'unwanted') === isUnwanted;
}

/** No two gaps of a room have the same key, and none takes up one that was just given up. */
function newGap(room: Observation, span: Wanted, ids: Set<number>): Gap {
  const { fromMs, toMs, isUnwanted } = span;
  let idMs = fromMs;
  while (ids.has(idMs)) idMs += 1;
  ids.add(idMs);
  return { idMs, fromMs, toMs, reason: isUnwanted ? 'unwanted' : reasonAt(room, fromMs) };
}
