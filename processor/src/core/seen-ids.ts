/**
 * The ids of the last minutes of event time, to tell repeats from news.
 *
 * One table a minute of the messages' own stamps: a repeat carries the same stamp, so one look
 * into one table decides, and a minute that is over the horizon goes as a whole. 16 bytes an id
 * in open addressing; minutes that hardly change any more are packed tighter: 3 million ids in
 * about 58 MB. Plain data, so that a snapshot can hold each minute as it is.
 */
import { messageWords, type Words } from './id-hash.ts';

const MINUTE_MS = 60_000;
const FIRST_SLOTS = 16;
const LOAD_MAX = 0.8;
const GROWTH = 1.6;
const PACKED_LOAD = 0.86;
/** Minutes up to this long before the newest are left roomy: they still grow. */
const ROOMY_MINUTES = 1;

export interface IdTable {
  /** Ids held; also tells whether a minute changed since a snapshot. */
  count: number;
  /** Four words an id, all zero for an empty slot. */
  slots: Uint32Array;
  isPacked: boolean;
}

export interface SeenIds {
  /** By minute since the epoch. */
  readonly minutes: Map<number, IdTable>;
  /** Minutes before this one are forgotten. */
  firstMinute: number;
}

/** What is known of an id: `beyond` means that its minute is forgotten, and the store must decide. */
export type Sighting = 'new' | 'repeated' | 'beyond';

/** Ids of nothing. */
export function createSeenIds(): SeenIds {
  return { minutes: new Map(), firstMinute: 0 };
}

const words: Words = new Uint32Array(4);

/** Notes the id of a message whose stamp is `atMs`, and says whether it was there already. */
export function noteId(
  seen: SeenIds,
  { channelId, id, atMs }: { channelId: string; id: string; atMs: number },
): Sighting {
  const minute = Math.floor(atMs / MINUTE_MS);
  if (minute < seen.firstMinute) return 'beyond';
  let table = seen.minutes.get(minute);
  if (table === undefined) {
    table = { count: 0, slots: new Uint32Array(4 * FIRST_SLOTS), isPacked: false };
    seen.minutes.set(minute, table);
  }
  messageWords(channelId, id, words);
  if (isEmpty(words, 0)) words[3] = 1;
  return add(table, words) ? 'new' : 'repeated';
}

/** Forgets minutes that ended before `beforeMs` and packs those that are no longer young. */
export function forgetIdsBefore(seen: SeenIds, beforeMs: number, nowMs: number): void {
  const firstMinute = Math.floor(beforeMs / MINUTE_MS);
  if (firstMinute <= seen.firstMinute) return;
  seen.firstMinute = firstMinute;
  const roomyFrom = Math.floor(nowMs / MINUTE_MS) - ROOMY_MINUTES;
  for (const [minute, table] of seen.minutes) {
    if (minute < firstMinute) seen.minutes.delete(minute);
    else if (minute < roomyFrom && !table.isPacked) pack(table);
  }
}

function add(table: IdTable, id: Words): boolean {
  if (!insert(table.slots, id, 0)) return false;
  table.count += 1;
  if (table.count > (table.slots.length / 4) * LOAD_MAX && !table.isPacked) {
    resize(table, Math.ceil((table.slots.length / 4) * GROWTH));
  } else if (table.count + 1 >= table.slots.length / 4) {
    resize(table, Math.ceil((table.slots.length / 4) * GROWTH));
    table.isPacked = false;
  }
  return true;
}

function pack(table: IdTable): void {
  resize(table, Math.max(FIRST_SLOTS, Math.ceil(table.count / PACKED_LOAD) + 1));
  table.isPacked = true;
}

function resize(table: IdTable, capacity: number): void {
  const { slots: old } = table;
  table.slots = new Uint32Array(4 * capacity);
  for (let at = 0; at < old.length; at += 4) {
    if (!isEmpty(old, at)) insert(table.slots, old, at);
  }
}

// True when the four words at `at` of `from` were not there yet. There is always a free slot.
function insert(slots: Uint32Array, from: Uint32Array, at: number): boolean {
  const first = from[at] ?? 0;
  // Capacity is any number: the share of the first word says where to begin.
  let slot = 4 * Math.floor((first / 0x1_0000_0000) * (slots.length / 4));
  while (!isEmpty(slots, slot)) {
    if (isSame(slots, slot, from, at)) return false;
    slot += 4;
    if (slot === slots.length) slot = 0;
  }
  for (let i = 0; i < 4; i += 1) slots[slot + i] = from[at + i] ?? 0;
  return true;
}

function isEmpty(slots: Uint32Array, at: number): boolean {
  return slots[at] === 0 && slots[at + 1] === 0 && slots[at + 2] === 0 && slots[at + 3] === 0;
}

function isSame(a: Uint32Array, i: number, b: Uint32Array, k: number): boolean {
  return a[i] === b[k] && a[i + 1] === b[k + 1] && a[i + 2] === b[k + 2] && a[i + 3] === b[k + 3];
}
