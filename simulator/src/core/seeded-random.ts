/**
 * Randomness that a seed fixes for ever: the same seed gives the same sequence on every machine.
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand; public domain algorithm).
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Any text is a seed; texts that differ give sequences that have nothing to do with each other. */
  constructor(seed: string) {
    this.#a = hashText(seed, 0x9e3779b9);
    this.#b = hashText(seed, 0x85ebca6b);
    this.#c = hashText(seed, 0xc2b2ae35);
    for (let warmUp = 0; warmUp < 12; warmUp += 1) this.next32();
  }

  /** A whole number from 0 to 2^32 - 1. */
  next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** At least 0, below 1. */
  fraction(): number {
    return this.next32() / 0x1_0000_0000;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the choices, each as likely. @throws RangeError where there is none. */
  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('nothing to pick from');
    return choice;
  }

  /** Waiting time of a Poisson process whose events come `mean` apart on average. */
  exponential(mean: number): number {
    return -Math.log(1 - this.fraction()) * mean;
  }

  /** How many events fall into a span in which `mean` are expected. */
  poisson(mean: number): number {
    if (mean > 60) return Math.max(0, Math.round(mean + this.normal() * Math.sqrt(mean)));
    const limit = Math.exp(-mean);
    let count = -1;
    for (let product = 1; product > limit || count < 0; count += 1) product *= this.fraction();
    return count;
  }

  /** Normal deviate with mean 0 and deviation 1 (Box-Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction()));
    return radius * Math.cos(2 * Math.PI * this.fraction());
  }

  /** A UUID of version 4, as Twitch's message ids are. */
  uuid(): string {
    const [p, q, r, s] = [this.next32(), this.next32(), this.next32(), this.next32()];
    const version = HEX4[(q & 0x0fff) | 0x4000];
    const variant = HEX4[((r >>> 16) & 0x3fff) | 0x8000];
    return (
      `${HEX4[p >>> 16]}${HEX4[p & 0xffff]}-${HEX4[q >>> 16]}-${version}-` +
      `${variant}-${HEX4[r & 0xffff]}${HEX4[s >>> 16]}${HEX4[s & 0xffff]}`
    );
  }

  /** 32 hexadecimal digits, as in `client-nonce`. */
  nonce(): string {
    let text = '';
    for (let word = 0; word < 4; word += 1) {
      const bits = this.next32();
      text += `${HEX4[bits >>> 16]}${HEX4[bits & 0xffff]}`;
    }
    return text;
  }
}

/** The same for everybody: 32 bits of a text (FNV-1a with murmur3's finish). */
export function hashText(text: string, basis: number): number {
  let hash = basis | 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const HEX4 = Array.from({ length: 0x10000 }, (_, value) => value.toString(16).padStart(4, '0'));
