/**
 * How the database has been answering, as far as the outbox asked it.
 *
 * It decides when entries may be taken over from a holder that does not renew them. While the
 * database is away nobody can renew, nor write down what came of a send: leases run out with their
 * holders alive. So after any call that failed or took long, nothing is taken over until the
 * database has answered quickly for a while, in which a holder that lives writes down what it has.
 */

/** A call that takes longer counts as no answer, milliseconds. */
const SLOW_MS = 2_000;

export class OutboxHealth {
  readonly #steadyMs: () => number;
  #wellSinceMs: number;
  #failing = false;

  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
    this.#wellSinceMs = steadyMs();
  }

  /** The last call failed. */
  get isFailing(): boolean {
    return this.#failing;
  }

  /** For how long the database has been answering well, milliseconds. */
  get wellForMs(): number {
    return this.#failing ? 0 : this.#steadyMs() - this.#wellSinceMs;
  }

  /** Runs a call and notes how it went. */
  async watch<T>(call: () => Promise<T>): Promise<T> {
    const askedAtMs = this.#steadyMs();
    try {
      const answer = await call();
      const answeredAtMs = this.#steadyMs();
      if (this.#failing || answeredAtMs - askedAtMs > SLOW_MS) this.#wellSinceMs = answeredAtMs;
      this.#failing = false;
      return answer;
    } catch (error) {
      this.#failing = true;
      throw error;
    }
  }
}
