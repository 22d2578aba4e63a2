/** What one window holds while it grows; docs/reference/windows.md says what each field counts. */
import type { WindowCounts } from '@crest/shared/records/windows-updated';
import { countersIn, type Counters } from './counters.ts';
import {
  addDistinct,
  countDistinct,
  createDistinct,
  mergeDistinct,
  type Distinct,
} from './distinct.ts';
import { codePoints, countedAs, type StoredMessage } from './stored-message.ts';

export interface Tally {
  messages: number;
  emotes: number;
  length: number;
  bits: number;
  subs: number;
  commands: number;
  mirrored: number;
  /** Null until somebody writes. */
  chatters: Distinct | null;
  /** By counter id; null until one counts. */
  counters: Map<string, number> | null;
}

/** A window that holds nothing. */
export function createTally(): Tally {
  return {
    messages: 0,
    emotes: 0,
    length: 0,
    bits: 0,
    subs: 0,
    commands: 0,
    mirrored: 0,
    chatters: null,
    counters: null,
  };
}

/** True when the line counts in any window. */
export function counts(message: StoredMessage): boolean {
  return countedAs(message) !== 'nothing';
}

/** Counts a line. `exactMax`: chatters are exact up to so many (distinct.ts). */
export function addToTally(
  tally: Tally,
  message: StoredMessage,
  { counters, exactMax }: { counters: Counters; exactMax: number },
): void {
  const kind = countedAs(message);
  if (kind === 'sub') tally.subs += 1;
  if (kind === 'mirrored') tally.mirrored += 1;
  if (kind !== 'message') return;
  const { text } = message;
  tally.messages += 1;
  tally.emotes += message.emotes ?? 0;
  tally.length += codePoints(text);
  tally.bits += message.bits ?? 0;
  if (text.startsWith('!')) tally.commands += 1;
  tally.chatters ??= createDistinct(exactMax);
  addDistinct(tally.chatters, message.userId);
  for (const counterId of countersIn(counters, text, message.atMs)) bump(tally, counterId, 1);
}

/** Adds a smaller window to the one that encloses it. */
export function mergeTally(into: Tally, from: Tally, exactMax: number): void {
  into.messages += from.messages;
  into.emotes += from.emotes;
  into.length += from.length;
  into.bits += from.bits;
  into.subs += from.subs;
  into.commands += from.commands;
  into.mirrored += from.mirrored;
  if (from.chatters !== null) {
    into.chatters ??= createDistinct(exactMax);
    mergeDistinct(into.chatters, from.chatters);
  }
  if (from.counters === null) return;
  for (const [counterId, count] of from.counters) bump(into, counterId, count);
}

/** The counts as readers see them. */
export function countsOf(tally: Tally): WindowCounts {
  return {
    messages: tally.messages,
    chatters: tally.chatters === null ? 0 : countDistinct(tally.chatters),
    emotes: tally.emotes,
    length: tally.length,
    bits: tally.bits,
    subs: tally.subs,
    commands: tally.commands,
    mirrored: tally.mirrored,
    counters: recordOf(tally.counters),
  };
}

// Each update of a window makes one: `Object.fromEntries` takes half as long again.
function recordOf(counters: Tally['counters']): Record<string, number> {
  const record: Record<string, number> = {};
  if (counters === null) return record;
  for (const [counterId, count] of counters) record[counterId] = count;
  return record;
}

function bump(tally: Tally, counterId: string, by: number): void {
  tally.counters ??= new Map();
  tally.counters.set(counterId, (tally.counters.get(counterId) ?? 0) + by);
}
