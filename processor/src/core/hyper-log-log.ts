/**
 * Distinct counts in 16 KiB: HyperLogLog with 2^14 registers, standard error 0.81 %.
 *
 * Estimated by O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017),
 * algorithm 6, which is unbiased from zero on and needs no tables.
 */

const INDEX_BITS = 14;
const REGISTERS = 1 << INDEX_BITS;
/** The rank comes from the 32 bits of the second word. */
const RANK_BITS = 32;
/** Limit of m^2 * ... for large m: 1 / (2 ln 2). */
const ALPHA = 1 / (2 * Math.LN2);

/** One byte a register: the highest rank seen. */
export type Registers = Uint8Array;

/** A sketch of nothing. */
export function createRegisters(): Registers {
  return new Uint8Array(REGISTERS);
}

/** Adds a value by two words of its hash. */
export function addToRegisters(registers: Registers, first: number, second: number): void {
  const index = first >>> (32 - INDEX_BITS);
  const rank = Math.clz32(second) + 1;
  if (rank > (registers[index] ?? 0)) registers[index] = rank;
}

/** Adds everything that `from` has seen. */
export function mergeRegisters(into: Registers, from: Registers): void {
  for (let i = 0; i < REGISTERS; i += 1) {
    const rank = from[i] ?? 0;
    if (rank > (into[i] ?? 0)) into[i] = rank;
  }
}

/** How many different values were added, as a whole number. */
export function estimateDistinct(registers: Registers): number {
  const counts = new Array<number>(RANK_BITS + 2).fill(0);
  for (const rank of registers) counts[rank] = (counts[rank] ?? 0) + 1;
  let sum = REGISTERS * tau(1 - (counts[RANK_BITS + 1] ?? 0) / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank -= 1) sum = 0.5 * (sum + (counts[rank] ?? 0));
  sum += REGISTERS * sigma((counts[0] ?? 0) / REGISTERS);
  return Math.round((ALPHA * REGISTERS * REGISTERS) / sum);
}

// Weight of the registers that are still empty.
function sigma(share: number): number {
  if (share === 1) return Infinity;
  let x = share;
  let weight = 1;
  let sum = share;
  for (let before = -1; before !== sum;) {
    before = sum;
    x *= x;
    sum += x * weight;
    weight += weight;
  }
  return sum;
}

// Weight of the registers that are full.
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let weight = 1;
  let sum = 1 - share;
  for (let before = -1; before !== sum;) {
    before = sum;
    x = Math.sqrt(x);
    weight *= 0.5;
    sum -= (1 - x) ** 2 * weight;
  }
  return sum / 3;
}
