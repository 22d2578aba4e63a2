/**
 * How many different chatters: exactly up to a limit, by HyperLogLog above it.
 *
 * The exact part is a set of 64-bit hashes in an open-addressing table. The result depends on the
 * set of values alone, not on their order or on how parts were merged, so that a recount agrees.
 * Plain data, so that a snapshot can hold it as it is.
 */
import { hashWords } from './id-hash.ts';
import {
  addToRegisters,
  createRegisters,
  estimateDistinct,
  mergeRegisters,
  type Registers,
} from './hyper-log-log.ts';

/** A table of so many hashes is as large as the registers that replace it. */
export const EXACT_DISTINCT_MAX = 1536;

const FIRST_SLOTS = 8;
const LOAD_MAX = 0.75;

export interface Distinct {
  /** Distinct values, while they are counted exactly. */
  size: number;
  /** Pairs of words, (0, 0) for an empty slot; null once registers took over. */
  slots: Uint32Array | null;
  registers: Registers | null;
  /** Exact up to so many; Infinity for always. */
  readonly exactMax: number;
}

/** A count of nothing. */
export function createDistinct(exactMax: number): Distinct {
  return { size: 0, slots: new Uint32Array(2 * FIRST_SLOTS), registers: null, exactMax };
}

const words = new Uint32Array(4);

/** Adds a value by its text. */
export function addDistinct(distinct: Distinct, value: string): void {
  hashWords(value, words);
  addHash(distinct, words[0] ?? 0, words[1] ?? 0);
}

/** Adds everything that `from` has seen. */
export function mergeDistinct(into: Distinct, from: Distinct): void {
  if (from.registers !== null) {
    toRegisters(into);
    if (into.registers !== null) mergeRegisters(into.registers, from.registers);
    return;
  }
  eachHash(from, (first, second) => addHash(into, first, second));
}

/** How many different values there are. */
export function countDistinct(distinct: Distinct): number {
  return distinct.registers === null ? distinct.size : estimateDistinct(distinct.registers);
}

function addHash(distinct: Distinct, first: number, second: number): void {
  const { slots, registers } = distinct;
  if (registers !== null) return addToRegisters(registers, first, second);
  if (slots === null) return;
  // (0, 0) marks an empty slot; the one value in 2^64 that hashes to it counts as its neighbour.
  const high = first === 0 && second === 0 ? 1 : first;
  if (!insert(slots, high, second)) return;
  distinct.size += 1;
  if (distinct.size > distinct.exactMax) toRegisters(distinct);
  else if (distinct.size > (slots.length / 2) * LOAD_MAX) grow(distinct, slots);
}

// True when the hash was not there yet.
function insert(slots: Uint32Array, first: number, second: number): boolean {
  const mask = slots.length / 2 - 1;
  for (let slot = second & mask; ; slot = (slot + 1) & mask) {
    const high = slots[2 * slot];
    const low = slots[2 * slot + 1];
    if (high === first && low === second) return false;
    if (high !== 0 || low !== 0) continue;
    slots[2 * slot] = first;
    slots[2 * slot + 1] = second;
    return true;
  }
}

function grow(distinct: Distinct, old: Uint32Array): void {
  const slots = new Uint32Array(2 * old.length);
  eachHash(distinct, (first, second) => insert(slots, first, second));
  distinct.slots = slots;
}

function toRegisters(distinct: Distinct): void {
  if (distinct.registers !== null) return;
  const registers = createRegisters();
  eachHash(distinct, (first, second) => addToRegisters(registers, first, second));
  distinct.registers = registers;
  distinct.slots = null;
}

function eachHash({ slots }: Distinct, visit: (first: number, second: number) => void): void {
  if (slots === null) return;
  for (let i = 0; i < slots.length; i += 2) {
    const first = slots[i] ?? 0;
    const second = slots[i + 1] ?? 0;
    if (first !== 0 || second !== 0) visit(first, second);
  }
}
