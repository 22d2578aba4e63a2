/**
 * The windows of a channel that are still open: seconds folded to ten seconds, those to minutes,
 * those to hours. A line that comes after its second was closed goes into the smallest window
 * around it that is still open; what is closed around it is counted again elsewhere.
 */
import type { Window, WindowSpanSeconds } from '@crest/shared/records/windows-updated';
import type { Counters } from './counters.ts';
import { EXACT_DISTINCT_MAX } from './distinct.ts';
import type { FinalWindows, StoredTen } from './fold-effects.ts';
import { observedShare } from './gap-list.ts';
import type { Observation } from './observation.ts';
import type { ChannelState, OpenLarge, OpenTen } from './partition-state.ts';
import type { StoredMessage } from './stored-message.ts';
import { addToTally, countsOf, createTally, mergeTally, type Tally } from './tally.ts';

/** Larger windows than ten seconds count chatters exactly only up to a limit. */
export function exactChattersMax(spanSeconds: WindowSpanSeconds): number {
  return spanSeconds <= 10 ? Infinity : EXACT_DISTINCT_MAX;
}

export const LARGER_SPANS = [60, 3600] as const;

/** The start of the window of this span around a second. */
export function startOf(second: number, spanSeconds: number): number {
  return second - (second % spanSeconds);
}

/** Tells when windows that were just opened will have to be closed. */
export type OnOpened = (endSecond: number) => void;

/** Counts a line in its ten seconds, which must be open. */
export function addToTen(
  channel: ChannelState,
  line: StoredMessage,
  { counters, onOpened }: { counters: Counters; onOpened: OnOpened },
): void {
  const second = Math.floor(line.atMs / 1000);
  const ten = openTen(channel, startOf(second, 10), onOpened);
  let tally = ten.seconds[second - ten.startSecond] ?? null;
  if (tally === null) {
    tally = createTally();
    ten.seconds[second - ten.startSecond] = tally;
    onOpened(second + 1);
  }
  addToTally(tally, line, { counters, exactMax: Infinity });
}

/** Counts a line whose ten seconds are closed in the smallest larger window that is open. */
export function addToLarger(
  channel: ChannelState,
  line: StoredMessage,
  { counters, onOpened, closedBefore }: OpenContext,
): void {
  const second = Math.floor(line.atMs / 1000);
  for (const spanSeconds of LARGER_SPANS) {
    const startSecond = startOf(second, spanSeconds);
    if (startSecond + spanSeconds <= closedBefore) continue;
    const window = openLarge(channel, { spanSeconds, startSecond }, onOpened);
    addToTally(window.tally, line, { counters, exactMax: EXACT_DISTINCT_MAX });
    return;
  }
}

export interface OpenContext {
  readonly counters: Counters;
  readonly onOpened: OnOpened;
  readonly closedBefore: number;
}

/** The store must count the larger windows around this second that are still open. */
export function makeUncertain(channel: ChannelState, second: number, context: OpenContext): void {
  for (const spanSeconds of LARGER_SPANS) {
    const startSecond = startOf(second, spanSeconds);
    if (startSecond + spanSeconds <= context.closedBefore) continue;
    openLarge(channel, { spanSeconds, startSecond }, context.onOpened).isUncertain = true;
  }
}

/** The window of one open or just closed second; null when nothing fell into it. */
export function windowOfSecond(
  channel: ChannelState,
  second: number,
  isFinal: boolean,
): Window | null {
  const startSecond = startOf(second, 10);
  const ten = channel.tens.find((open) => open.startSecond === startSecond);
  const tally = ten?.seconds[second - startSecond] ?? null;
  if (tally === null) return null;
  return windowOf(tally, { spanSeconds: 1, startSecond: second, isFinal }, channel.observation);
}

/** Windows that closed, those of the store among them, and larger ones that the store must count. */
export interface Closed {
  /** In order of span and time. */
  readonly windows: Window[];
  readonly tens: StoredTen[];
  readonly larger: Window[];
  readonly uncertain: OpenLarge[];
}

/**
 * Closes the windows of a channel that end at or before the second `closedBefore`; seconds before
 * `wasClosedBefore` were closed already.
 */
export function closeWindows(
  channel: ChannelState,
  { closedBefore, wasClosedBefore }: { closedBefore: number; wasClosedBefore: number },
  onOpened: OnOpened,
): Closed {
  const closed: Closed = { windows: [], tens: [], larger: [], uncertain: [] };
  for (const ten of channel.tens) {
    for (let second = ten.startSecond; second < ten.startSecond + 10; second += 1) {
      if (second < wasClosedBefore || second >= closedBefore) continue;
      const window = windowOfSecond(channel, second, true);
      if (window !== null) closed.windows.push(window);
    }
  }
  const isOver = (ten: OpenTen): boolean => ten.startSecond + 10 <= closedBefore;
  for (const ten of takeOut(channel.tens, isOver)) closeTen(channel, ten, { closed, onOpened });
  for (const spanSeconds of LARGER_SPANS) {
    const ended = takeOut(
      channel.larger,
      (w) => w.spanSeconds === spanSeconds && w.startSecond + spanSeconds <= closedBefore,
    );
    for (const window of ended) closeLarge(channel, window, { closed, onOpened });
  }
  return closed;
}

/** What the store keeps of what closed; null for nothing. */
export function finalWindowsOf(
  channel: ChannelState,
  closed: Closed,
  revision: number,
): FinalWindows | null {
  if (closed.tens.length === 0 && closed.larger.length === 0) return null;
  const { tens, larger } = closed;
  return { channelId: channel.id, channelLogin: channel.login, revision, tens, larger };
}

/** A window with its counts and its share as readers see it. */
export function windowOf(
  tally: Tally,
  at: { spanSeconds: WindowSpanSeconds; startSecond: number; isFinal: boolean },
  room: Observation,
): Window {
  const startMs = at.startSecond * 1000;
  const share = at.isFinal ? observedShare(room, startMs, startMs + at.spanSeconds * 1000) : 1;
  return {
    spanSeconds: at.spanSeconds,
    startMs,
    final: at.isFinal,
    observedShare: share,
    ...countsOf(tally),
  };
}

interface Closing {
  readonly closed: Closed;
  readonly onOpened: OnOpened;
}

function closeTen(channel: ChannelState, ten: OpenTen, { closed, onOpened }: Closing): void {
  const { startSecond } = ten;
  const tally = createTally();
  for (const second of ten.seconds) if (second !== null) mergeTally(tally, second, Infinity);
  const at = { spanSeconds: 10, startSecond, isFinal: true } as const;
  const window = windowOf(tally, at, channel.observation);
  const seconds = ten.seconds.map((second, i) => {
    const atSecond = { spanSeconds: 1, startSecond: startSecond + i, isFinal: true } as const;
    return second === null ? null : windowOf(second, atSecond, channel.observation);
  });
  const secondShares = ten.seconds.map((_, i) =>
    observedShare(channel.observation, (startSecond + i) * 1000, (startSecond + i + 1) * 1000),
  );
  closed.windows.push(window);
  closed.tens.push({ window, seconds, secondShares });
  const minute = { spanSeconds: 60, startSecond: startOf(startSecond, 60) } as const;
  mergeTally(openLarge(channel, minute, onOpened).tally, tally, EXACT_DISTINCT_MAX);
}

function closeLarge(channel: ChannelState, open: OpenLarge, { closed, onOpened }: Closing): void {
  const { spanSeconds, startSecond, tally } = open;
  if (spanSeconds === 60) {
    const hour = { spanSeconds: 3600, startSecond: startOf(startSecond, 3600) } as const;
    mergeTally(openLarge(channel, hour, onOpened).tally, tally, EXACT_DISTINCT_MAX);
  }
  if (open.isUncertain) {
    closed.uncertain.push(open);
    return;
  }
  const window = windowOf(tally, { spanSeconds, startSecond, isFinal: true }, channel.observation);
  closed.windows.push(window);
  closed.larger.push(window);
}

function openTen(channel: ChannelState, startSecond: number, onOpened: OnOpened): OpenTen {
  const found = channel.tens.find((open) => open.startSecond === startSecond);
  if (found !== undefined) return found;
  const opened: OpenTen = { startSecond, seconds: Array<Tally | null>(10).fill(null) };
  channel.tens.push(opened);
  channel.tens.sort((a, b) => a.startSecond - b.startSecond);
  onOpened(startSecond + 10);
  return opened;
}

function openLarge(
  channel: ChannelState,
  { spanSeconds, startSecond }: { spanSeconds: 60 | 3600; startSecond: number },
  onOpened: OnOpened,
): OpenLarge {
  const found = channel.larger.find(
    (open) => open.spanSeconds === spanSeconds && open.startSecond === startSecond,
  );
  if (found !== undefined) return found;
  const opened: OpenLarge = { spanSeconds, startSecond, tally: createTally(), isUncertain: false };
  channel.larger.push(opened);
  channel.larger.sort((a, b) => a.startSecond - b.startSecond);
  onOpened(startSecond + spanSeconds);
  return opened;
}

function takeOut<T>(items: T[], matches: (item: T) => boolean): T[] {
  const taken = items.filter(matches);
  if (taken.length === 0) return taken;
  const rest = items.filter((item) => !matches(item));
  items.splice(0, items.length, ...rest);
  return taken;
}
