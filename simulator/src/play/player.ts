/** Plays a schedule in event time: each line goes out when the event clock reaches its stamp. */
import type { EventClock } from '@crest/shared/event-clock';
import type { Schedule } from '../core/schedule.ts';
import { type ScheduledLine, renderLine } from '../core/scheduled-line.ts';

/**
 * `waiting`: nobody said start. `playing`: lines go out. `tail`: they are over, the server still
 * answers. `done`: stopped. Only the player changes it, and only forward.
 */
export type PlayPhase = 'waiting' | 'playing' | 'tail' | 'done';

export interface PlayerOptions {
  readonly schedule: Schedule;
  readonly clock: EventClock;
  readonly wallNowMs: () => number;
  /** Hands the line to its readers; how many there were. */
  readonly deliver: (line: ScheduledLine, rendered: string, wallMs: number) => number;
  /** Sends what `deliver` gathered. */
  readonly flush: () => void;
  /** The stamp that the line is to carry; the true one but for a fault. */
  readonly stampOf: (trueMs: number) => number;
  readonly onStart: (startAtMs: number) => void;
  readonly onLine: (line: ScheduledLine, sent: SentLine) => void;
  readonly onEnd: (lines: number) => void;
}

/** How a line went out. */
export interface SentLine {
  readonly stampMs: number;
  readonly trueMs: number;
  readonly wallMs: number;
  readonly readers: number;
}

const SECOND = 1_000;
/** Lines are gathered for so long, wall time: a few to a frame, as Twitch does. */
const GATHER_MS = 20;
/** How far ahead a timer is set at most: a stopped machine must not sleep through its lines. */
const LOOK_AGAIN_MS = 50;
/** Then sockets get their turn. */
const LINES_AT_ONCE_MAX = 2_000;

export class Player {
  readonly #options: PlayerOptions;
  #phase: PlayPhase = 'waiting';
  #startAtMs = 0;
  #lines = 0;
  #lastLineAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #isPumping = false;
  #rate = { linesBefore: 0, sinceMs: 0, perSecond: 0 };

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  get phase(): PlayPhase {
    return this.#phase;
  }

  /** Event time of offset 0; undefined before the start. */
  get startAtMs(): number | undefined {
    return this.#phase === 'waiting' ? undefined : this.#startAtMs;
  }

  get lines(): number {
    return this.#lines;
  }

  /** True stamp of the last line sent; undefined before the first. */
  get lastLineAtMs(): number | undefined {
    return this.#lastLineAtMs;
  }

  /** Lines sent in the last full second or so; 0 when none are played. */
  get linesPerSecond(): number {
    return this.#phase === 'playing' ? this.#rate.perSecond : 0;
  }

  /** Lines start with the next whole second of event time. Later calls change nothing. */
  start(): void {
    if (this.#phase !== 'waiting') return;
    this.#startAtMs = Math.ceil(this.#options.clock.nowMs() / SECOND) * SECOND;
    this.#phase = 'playing';
    this.#options.onStart(this.#startAtMs);
    this.#schedulePump();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    if (this.#phase === 'playing') this.#end();
    this.#phase = 'done';
  }

  /** Sends what is due now. Anyone may call it at any time: order and times stay the same. */
  pump(): void {
    if (this.#phase !== 'playing' || this.#isPumping) return;
    this.#isPumping = true;
    const { schedule, clock, flush } = this.#options;
    const wallMs = this.#options.wallNowMs();
    const dueMs = clock.nowMs() - this.#startAtMs;
    for (let left = LINES_AT_ONCE_MAX; left > 0 && schedule.nextMs <= dueMs; left -= 1) {
      this.#send(schedule.take(), wallMs);
    }
    flush();
    this.#isPumping = false;
    this.#measure(wallMs);
    if (schedule.nextMs === Infinity) this.#end();
  }

  #send(line: ScheduledLine, wallMs: number): void {
    const { deliver, stampOf, onLine } = this.#options;
    const trueMs = this.#startAtMs + line.offsetMs;
    const stampMs = stampOf(trueMs);
    const readers = deliver(line, renderLine(line, stampMs), wallMs);
    this.#lines += 1;
    this.#lastLineAtMs = trueMs;
    onLine(line, { stampMs, trueMs, wallMs, readers });
  }

  #end(): void {
    this.#phase = 'tail';
    this.#options.onEnd(this.#lines);
  }

  #schedulePump(): void {
    if (this.#phase !== 'playing') return;
    const { schedule, clock } = this.#options;
    const untilDueMs = (this.#startAtMs + schedule.nextMs - clock.nowMs()) / clock.speed;
    const run = (): void => {
      this.pump();
      this.#schedulePump();
    };
    if (untilDueMs < -GATHER_MS * 10) {
      this.#immediate = setImmediate(run);
      return;
    }
    const waitMs = Math.max(GATHER_MS, Math.min(LOOK_AGAIN_MS, untilDueMs));
    this.#timer = setTimeout(run, waitMs);
  }

  #measure(wallMs: number): void {
    const { linesBefore, sinceMs } = this.#rate;
    const elapsedMs = wallMs - sinceMs;
    if (elapsedMs < SECOND) return;
    const perSecond = sinceMs === 0 ? 0 : ((this.#lines - linesBefore) * SECOND) / elapsedMs;
    this.#rate = { linesBefore: this.#lines, sinceMs: wallMs, perSecond };
  }
}
