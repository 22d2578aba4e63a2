/** A list of numbers that only grows, in a typed array: a few bytes each instead of an object. */

const START_CAPACITY = 256;

type Numbers = Float64Array | Int32Array | Uint8Array;

export class NumberColumn {
  readonly #make: (capacity: number) => Numbers;
  #values: Numbers;
  #length = 0;

  private constructor(make: (capacity: number) => Numbers) {
    this.#make = make;
    this.#values = make(START_CAPACITY);
  }

  /** For epoch milliseconds and anything else a number can be. */
  static ofNumbers(): NumberColumn {
    return new NumberColumn((capacity) => new Float64Array(capacity));
  }

  /** For whole numbers of 32 bits. */
  static ofIntegers(): NumberColumn {
    return new NumberColumn((capacity) => new Int32Array(capacity));
  }

  /** For whole numbers from 0 to 255. */
  static ofBytes(): NumberColumn {
    return new NumberColumn((capacity) => new Uint8Array(capacity));
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = this.#make(this.#length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** @throws RangeError where nothing was pushed. */
  at(index: number): number {
    this.#check(index);
    return this.#values[index] ?? 0;
  }

  /** @throws RangeError where nothing was pushed. */
  set(index: number, value: number): void {
    this.#check(index);
    this.#values[index] = value;
  }

  #check(index: number): void {
    if (index < 0 || index >= this.#length) throw new RangeError(`no number ${index} in a column`);
  }
}
