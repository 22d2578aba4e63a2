/**
 * Records that are folded and not yet durable, over all partitions of this process: what bounds memory
 * while the store is away. Each partition has a bound of its own beside it, so that one cannot take all.
 */
export class InFlight {
  readonly #recordsMax: number;
  #records = 0;
  #moved = Promise.withResolvers<undefined>();

  constructor(recordsMax: number) {
    this.#recordsMax = recordsMax;
  }

  /** Whether a partition that has something in flight already must wait. */
  get isFull(): boolean {
    return this.#records >= this.#recordsMax;
  }

  /** Resolves when there is less. */
  get lessened(): Promise<undefined> {
    return this.#moved.promise;
  }

  add(records: number): void {
    this.#records += records;
  }

  /** They are durable, or nobody waits for them any more. */
  remove(records: number): void {
    this.#records -= records;
    this.#moved.resolve(undefined);
    this.#moved = Promise.withResolvers<undefined>();
  }
}
