/**
 * Reads the frames of all connections in the order of their stamps, about, while there is something
 * to catch up with.
 *
 * A partition's time is the highest stamp in it, and rooms of one partition are read over several
 * connections. After sockets were not read for long (no room in the queue, or the process was
 * stopped) one of them is emptied sooner than the next, and its lines would close seconds of which
 * the others still hold lines: late, counted again, and alerts decided without them. So from then on
 * a connection whose lines are further than `aheadMs` beyond those of the slowest one waits for it,
 * in memory up to a bound per connection and in its socket beyond that. A slowest one that is quiet
 * is asked by PING; one that is dead is given up by its own deadline. It ends when everything has
 * been read that was there a moment ago. Otherwise frames are read as they come.
 */

/** What came in one piece. */
export interface Frame {
  readonly bytes: Buffer;
  readonly isBinary: boolean;
}

/** A connection. */
export interface FrameReader {
  /** Event time up to which it has been read. */
  readonly vouchedMs: number;
  /** It is logged in and open. */
  readonly isReading: boolean;
  read(frame: Frame): void;
  /** Stops reading from the socket. */
  pause(): void;
  resume(): void;
  /** Says PING, unless an answer is owed. */
  answered(eventNowMs: number): Promise<void>;
}

export interface FrameOrderSettings {
  /** How far a connection may be read beyond the slowest one, event milliseconds. */
  readonly aheadMs: number;
  /** What is no older than this is the present, event milliseconds. */
  readonly presentMs: number;
}

export interface FrameOrderOptions<Reader extends FrameReader> extends FrameOrderSettings {
  readonly readers: () => Iterable<Reader>;
  /** Event clock, epoch milliseconds. */
  readonly eventNowMs: () => number;
}

interface Waiting {
  readonly frames: Frame[];
  bytes: number;
  isFull: boolean;
}

/** Bytes of one connection that wait in memory; beyond that its socket is not read. */
export const WAITING_BYTES_MAX = 256 * 1024;
/** Frames read in one turn of the event loop. */
const FRAMES_AT_ONCE = 64;

export class FrameOrder<Reader extends FrameReader = FrameReader> {
  readonly #options: FrameOrderOptions<Reader>;
  readonly #waiting = new Map<Reader, Waiting>();
  /** Up to which event time there is something to catch up with; null for nothing. */
  #targetMs: number | null = null;
  #isPaused = false;
  #isDue = false;

  constructor(options: FrameOrderOptions<Reader>) {
    this.#options = options;
  }

  /** Bytes that wait in memory. */
  get waitingBytes(): number {
    let bytes = 0;
    for (const waiting of this.#waiting.values()) bytes += waiting.bytes;
    return bytes;
  }

  /** Frames of a connection wait. */
  holds(reader: Reader): boolean {
    return (this.#waiting.get(reader)?.frames.length ?? 0) > 0;
  }

  /** Those of which something may come or waits: one that is being closed holds frames yet. */
  reading(): Reader[] {
    return [...this.#options.readers()].filter((each) => each.isReading || this.holds(each));
  }

  /** A frame came. */
  take(reader: Reader, frame: Frame): void {
    // A login waits for nobody: it has a deadline of its own.
    const isOrdered = this.#targetMs !== null && (reader.isReading || this.holds(reader));
    if (!isOrdered) return reader.read(frame);
    let waiting = this.#waiting.get(reader);
    if (waiting === undefined) {
      waiting = { frames: [], bytes: 0, isFull: false };
      this.#waiting.set(reader, waiting);
    }
    waiting.frames.push(frame);
    waiting.bytes += frame.bytes.length;
    if (!waiting.isFull && waiting.bytes >= WAITING_BYTES_MAX) {
      waiting.isFull = true;
      reader.pause();
    }
    this.#soon();
  }

  /** There is something to catch up with: what was sent until now. */
  catchUp(): void {
    this.#targetMs = this.#options.eventNowMs();
    this.#soon();
  }

  /** Nothing that waits is read until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Call it when sockets are read again: those with much waiting are not. */
  resume(): void {
    this.#isPaused = false;
    for (const [reader, { isFull }] of this.#waiting) if (isFull) reader.pause();
    this.#soon();
  }

  /** Call it a few times a second: asks whom everybody waits for. */
  check(): void {
    if (this.#targetMs === null || this.#isPaused) return;
    const { eventNowMs, aheadMs } = this.#options;
    const untilMs = this.#slowestMs() + aheadMs;
    for (const reader of this.reading()) {
      if (reader.vouchedMs < untilMs) void reader.answered(eventNowMs());
    }
    this.#soon();
  }

  /** A connection has ended: what came of it is read now. */
  end(reader: Reader): void {
    const waiting = this.#waiting.get(reader);
    this.#waiting.delete(reader);
    for (const frame of waiting?.frames ?? []) reader.read(frame);
    this.#soon();
  }

  #soon(): void {
    if (this.#isDue || this.#targetMs === null) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#readOn();
    });
  }

  #readOn(): void {
    for (let left = FRAMES_AT_ONCE; left > 0 && !this.#isPaused; left -= 1) {
      const slowestMs = this.#slowestMs();
      if (this.#isCaughtUp(slowestMs)) return this.#finish();
      const next = this.#next();
      if (next === undefined || next.vouchedMs > slowestMs + this.#options.aheadMs) return;
      this.#readOne(next);
    }
    if (!this.#isPaused) this.#soon();
  }

  /** Whether all that was there is read; what came meanwhile is the next thing to catch up with. */
  #isCaughtUp(slowestMs: number): boolean {
    const { eventNowMs, presentMs } = this.#options;
    if (this.#targetMs === null || slowestMs < this.#targetMs) return false;
    const nowMs = eventNowMs();
    if (nowMs - this.#targetMs <= presentMs) return true;
    this.#targetMs = nowMs;
    return slowestMs >= nowMs;
  }

  #finish(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#readOne(next);
    this.#waiting.clear();
    this.#targetMs = null;
  }

  /** Of those with frames that wait, the one that was read the least far. */
  #next(): Reader | undefined {
    let next: Reader | undefined;
    for (const [reader, { frames }] of this.#waiting) {
      if (frames.length === 0) continue;
      if (next === undefined || reader.vouchedMs < next.vouchedMs) next = reader;
    }
    return next;
  }

  #readOne(reader: Reader): void {
    const waiting = this.#waiting.get(reader);
    const frame = waiting?.frames.shift();
    if (waiting === undefined || frame === undefined) return;
    waiting.bytes -= frame.bytes.length;
    if (waiting.isFull && waiting.bytes < WAITING_BYTES_MAX / 2) {
      waiting.isFull = false;
      // Otherwise whoever paused us resumes all sockets.
      if (!this.#isPaused) reader.resume();
    }
    reader.read(frame);
  }

  /** Event time up to which every connection has been read; Infinity without any. */
  #slowestMs(): number {
    let slowestMs = Infinity;
    for (const { vouchedMs } of this.reading()) slowestMs = Math.min(slowestMs, vouchedMs);
    return slowestMs;
  }
}
