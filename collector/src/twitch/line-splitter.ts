/**
 * Cuts frames into lines. A frame holds one line or many; that a line spans two frames is nowhere
 * ruled out, so what has no CRLF yet waits for the rest, up to a limit.
 */
export class LineSplitter {
  readonly #charactersMax: number;
  #rest = '';
  #isSkipping = false;

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax;
  }

  /** The beginning of a line waits for its end. */
  get isWithinLine(): boolean {
    return this.#rest !== '' || this.#isSkipping;
  }

  /**
   * Calls `onLine` for every complete line of the frame, without its CRLF. A line beyond the limit
   * is cut there, handed to `onTooLong` once, and skipped up to its end.
   */
  push(
    frame: string,
    onLine: (line: string) => void,
    onTooLong: (beginning: string) => void,
  ): void {
    let from = 0;
    while (from < frame.length) {
      const feedAt = frame.indexOf('\n', from);
      const isComplete = feedAt !== -1;
      const end = isComplete ? feedAt : frame.length;
      const piece = frame.slice(from, end);
      from = end + 1;
      if (!this.#isSkipping) this.#rest = this.#rest === '' ? piece : this.#rest + piece;
      if (this.#rest.length > this.#charactersMax) this.#giveUp(onTooLong);
      if (!isComplete) return;
      const line = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
      this.#rest = '';
      if (!this.#isSkipping && line !== '') onLine(line);
      this.#isSkipping = false;
    }
  }

  #giveUp(onTooLong: (beginning: string) => void): void {
    onTooLong(this.#rest.slice(0, this.#charactersMax));
    this.#rest = '';
    this.#isSkipping = true;
  }
}
