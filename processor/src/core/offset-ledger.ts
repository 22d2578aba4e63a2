/**
 * Which offsets of a partition are done with: work is begun in the order of the log, finishes in
 * any order, and only the contiguous finished prefix counts. After a crash everything from there
 * on is done again, so nothing before it may still be on its way.
 */

/** A stretch of the log that is being worked on. */
export interface Ticket {
  /** Offset after its last record. */
  readonly toOffset: number;
}

export class OffsetLedger {
  readonly #unfinished: { ticket: Ticket; isDone: boolean }[] = [];
  #begun: number;
  #finished: number;

  /** `nextOffset`: everything before it is done. */
  constructor(nextOffset: number) {
    this.#begun = nextOffset;
    this.#finished = nextOffset;
  }

  /** Everything before this offset is done. */
  get finishedOffset(): number {
    return this.#finished;
  }

  /** Begins the stretch from where the last one ended. @throws RangeError when it would go back. */
  begin(toOffset: number): Ticket {
    if (toOffset < this.#begun) {
      throw new RangeError(`work on ${toOffset} begins behind ${this.#begun}`);
    }
    this.#begun = toOffset;
    const ticket = { toOffset };
    this.#unfinished.push({ ticket, isDone: false });
    return ticket;
  }

  /** The stretch is done; finishing it again changes nothing. Gives the finished offset. */
  finish(ticket: Ticket): number {
    const entry = this.#unfinished.find((candidate) => candidate.ticket === ticket);
    if (entry !== undefined) entry.isDone = true;
    while (this.#unfinished[0]?.isDone === true) {
      this.#finished = this.#unfinished.shift()?.ticket.toOffset ?? this.#finished;
    }
    return this.#finished;
  }
}
