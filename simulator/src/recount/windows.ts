/** The windows of a room, counted from its lines in stamp order: the specification in code. */
import type { RoomBook } from './room-book.ts';

export interface RecountedWindow {
  readonly spanSeconds: number;
  /** Event time, epoch milliseconds, a multiple of the span. */
  readonly startMs: number;
  messages: number;
  /** Exact, at every span. */
  chatters: number;
  emotes: number;
  length: number;
  bits: number;
  subs: number;
  commands: number;
  mirrored: number;
  /** By counter id; only those above zero. */
  counters: Record<string, number>;
}

/** A span of event time in which a counter counts, epoch milliseconds. */
export interface CountedSpan {
  readonly fromMs: number;
  /** Exclusive; null while it counts. */
  readonly toMs: number | null;
}

/** When each counter counts, by its id; one that is not named never does. */
export type CounterSpans = ReadonlyMap<string, readonly CountedSpan[]>;

export interface WindowChoice {
  readonly spanSeconds: number;
  readonly counterSpans: CounterSpans;
  /** Whether the line of an index is to be counted. */
  readonly isChosen: (index: number) => boolean;
}

/** Every window of a span in which a chosen line counted, in order. */
export function recountWindows(room: RoomBook, choice: WindowChoice): RecountedWindow[] {
  const { spanSeconds, isChosen } = choice;
  const windows = new Map<number, RecountedWindow>();
  const spanMs = spanSeconds * 1_000;
  let chatters = new Set<number>();
  let current: RecountedWindow | undefined;
  for (const index of room.inStampOrder()) {
    if (!countsForAnything(room, index) || !isChosen(index)) continue;
    const startMs = Math.floor(room.atMs.at(index) / spanMs) * spanMs;
    if (current?.startMs !== startMs) {
      current = emptyWindow(spanSeconds, startMs);
      windows.set(startMs, current);
      chatters = new Set();
    }
    addLine(current, room, index);
    if (room.chatter.at(index) >= 0) chatters.add(room.chatter.at(index));
    current.chatters = chatters.size;
  }
  addCounters(windows, room, choice);
  return [...windows.values()];
}

/** Whether a line changes any count; an announcement, for one, does not. */
export function countsForAnything(room: RoomBook, index: number): boolean {
  return room.messages.at(index) + room.subs.at(index) + room.mirrored.at(index) > 0;
}

function emptyWindow(spanSeconds: number, startMs: number): RecountedWindow {
  return {
    spanSeconds,
    startMs,
    messages: 0,
    chatters: 0,
    emotes: 0,
    length: 0,
    bits: 0,
    subs: 0,
    commands: 0,
    mirrored: 0,
    counters: {},
  };
}

function addLine(window: RecountedWindow, room: RoomBook, index: number): void {
  window.messages += room.messages.at(index);
  window.emotes += room.emotes.at(index);
  window.length += room.length.at(index);
  window.bits += room.bits.at(index);
  window.subs += room.subs.at(index);
  window.commands += room.commands.at(index);
  window.mirrored += room.mirrored.at(index);
}

function addCounters(
  windows: ReadonlyMap<number, RecountedWindow>,
  room: RoomBook,
  { spanSeconds, counterSpans, isChosen }: WindowChoice,
): void {
  const spanMs = spanSeconds * 1_000;
  for (const [counterId, holders] of room.holders) {
    const spans = counterSpans.get(counterId) ?? [];
    for (let each = 0; each < holders.length; each += 1) {
      const index = holders.at(each);
      const atMs = room.atMs.at(index);
      if (!isWithin(spans, atMs) || !isChosen(index)) continue;
      const window = windows.get(Math.floor(atMs / spanMs) * spanMs);
      if (window === undefined) throw new Error('a counted line lies in no window');
      window.counters[counterId] = (window.counters[counterId] ?? 0) + 1;
    }
  }
}

/** Whether a counter with these spans counts what happens then. */
export function isWithin(spans: readonly CountedSpan[], atMs: number): boolean {
  return spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < (toMs ?? Infinity));
}
