/**
 * What the ledger says of one room: every message and notice once, in columns, so that millions
 * of lines stay well below a gigabyte. Texts are not kept: what matters of them is counted.
 */
import type { LedgerLine } from '../ledger/ledger-line.ts';
import { countsOf, isKept } from './counted-line.ts';
import { NumberColumn } from './number-column.ts';
import { holdsPhrase, spacedTokens } from './phrase-match.ts';

/** A phrase that some rule wants counted, under the name that windows give its counter. */
export interface WantedPhrase {
  readonly counterId: string;
  readonly phrase: string;
}

export class RoomBook {
  readonly roomId: string;
  readonly login: string;
  /** The stamp under which the line counts, epoch milliseconds of event time. */
  readonly atMs = NumberColumn.ofNumbers();
  /** When the line was written to the sockets, epoch milliseconds of wall time. */
  readonly wallMs = NumberColumn.ofNumbers();
  /** Number of the chatter within the room; -1 where the line counts for nobody. */
  readonly chatter = NumberColumn.ofIntegers();
  readonly messages = NumberColumn.ofBytes();
  readonly emotes = NumberColumn.ofIntegers();
  readonly length = NumberColumn.ofIntegers();
  readonly bits = NumberColumn.ofIntegers();
  readonly subs = NumberColumn.ofBytes();
  readonly commands = NumberColumn.ofBytes();
  readonly mirrored = NumberColumn.ofBytes();
  /** Indices of the lines that hold the phrase, by counter id. */
  readonly holders = new Map<string, NumberColumn>();
  /** Event time at which a line was really sent, where a fault bent its stamp; by index. */
  readonly trueAtMs = new Map<number, number>();
  readonly #phrases: readonly { readonly counterId: string; readonly spaced: string }[];
  readonly #indexById = new Map<string, number>();
  readonly #chatters = new Map<string, number>();

  constructor(room: { id: string; login: string }, phrases: readonly WantedPhrase[]) {
    this.roomId = room.id;
    this.login = room.login;
    this.#phrases = phrases.map(({ counterId, phrase }) => ({
      counterId,
      spaced: spacedTokens(phrase),
    }));
  }

  /** Lines kept: messages and notices, each id once. */
  get lines(): number {
    return this.atMs.length;
  }

  /** The index of a message or notice; undefined where it was never sent. */
  indexOf(id: string): number | undefined {
    return this.#indexById.get(id);
  }

  /** The ids in the order sent. */
  ids(): IterableIterator<string> {
    return this.#indexById.keys();
  }

  /** Enters a line. One whose id is there already, and one that is not kept, changes nothing. */
  enter(line: LedgerLine): void {
    if (!isKept(line) || this.#indexById.has(line.id)) return;
    const index = this.lines;
    this.#indexById.set(line.id, index);
    const counts = countsOf(line);
    this.atMs.push(line.atMs);
    this.wallMs.push(line.wallMs);
    this.chatter.push(counts.messages === 1 ? this.#chatterNumber(line.userId) : -1);
    this.messages.push(counts.messages);
    this.emotes.push(counts.emotes);
    this.length.push(counts.length);
    this.bits.push(counts.bits);
    this.subs.push(counts.subs);
    this.commands.push(counts.commands);
    this.mirrored.push(counts.mirrored);
    if (line.trueAtMs !== undefined) this.trueAtMs.set(index, line.trueAtMs);
    if (counts.messages === 1) this.#enterPhrases(line.text, index);
  }

  /** Indices of all lines, by stamp; equal stamps in the order sent. */
  inStampOrder(): Int32Array {
    const order = Int32Array.from({ length: this.lines }, (_, index) => index);
    return order.sort((a, b) => this.atMs.at(a) - this.atMs.at(b) || a - b);
  }

  #chatterNumber(userId: string): number {
    const known = this.#chatters.get(userId);
    if (known !== undefined) return known;
    this.#chatters.set(userId, this.#chatters.size);
    return this.#chatters.size - 1;
  }

  #enterPhrases(text: string, index: number): void {
    if (this.#phrases.length === 0) return;
    const spaced = spacedTokens(text);
    for (const { counterId, spaced: phrase } of this.#phrases) {
      if (!holdsPhrase(spaced, phrase)) continue;
      const column = this.holders.get(counterId) ?? NumberColumn.ofIntegers();
      this.holders.set(counterId, column);
      column.push(index);
    }
  }
}
