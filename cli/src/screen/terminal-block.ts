/**
 * A terminal that shows one picture and nothing else, while it lasts: on the alternate screen, so
 * that what was there before comes back, without a cursor, each picture drawn over the last one in
 * one write, so that nothing flickers.
 *
 * Control sequences: xterm, `CSI ? 1049` (alternate screen), `CSI ? 25` (cursor), `CSI ? 2026`
 * (draw as a whole; terminals that do not know it ignore it).
 */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

export interface Terminal {
  write(text: string): unknown;
}

export class TerminalBlock {
  readonly #terminal: Terminal;
  #last: string | undefined;
  #closed = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows these lines from the top left corner; none may be wider than the terminal. */
  draw(text: string): void {
    if (this.#closed) return;
    const enter = this.#last === undefined ? ENTER : '';
    this.#last = text;
    const lines = text.replaceAll('\n', `${CLEAR_LINE_END}\r\n`);
    this.#terminal.write(`${enter}${BEGIN}${HOME}${lines}${CLEAR_LINE_END}${CLEAR_BELOW}${END}`);
  }

  /** Gives the terminal back and leaves the last picture on it. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#last !== undefined) this.#terminal.write(`${LEAVE}${this.#last}\n`);
  }
}
