/**
 * A recorded chat as the lines of a room. What the recording lacks is made up from the seed, the
 * same every time: ids, names, colours and badges, a user where there is none, and the
 * milliseconds inside a whole second or a step of three.
 */
import { messageLine } from '../chat-lines.ts';
import { madeUpChatter } from '../chatter.ts';
import { emotesOf } from '../emotes.ts';
import type { Room } from '../room.ts';
import type { Schedule } from '../schedule.ts';
import type { ScheduledLine } from '../scheduled-line.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { LogEntry, LogOutline } from './log-entry.ts';

export interface LogFacts {
  readonly room: Room;
  readonly outline: LogOutline;
  /** The entries in their order; malformed ones left out. Read as far as lines are taken. */
  readonly entries: Iterator<LogEntry>;
  /** Everything made up follows from this and the room. */
  readonly seed: number;
}

/** Where nobody's name was recorded, this many lines come from one person on average. */
const LINES_PER_UNNAMED = 8;

export class LogSchedule implements Schedule {
  readonly #facts: LogFacts;
  readonly #random: SeededRandom;
  #left: number;
  /** The next entry, read ahead to know where a group of equal stamps ends. */
  #ahead: LogEntry | undefined;
  #lastMs: number;
  #ready: ScheduledLine[] = [];
  #taken = 0;

  constructor(facts: LogFacts) {
    this.#facts = facts;
    this.#random = new SeededRandom(`${facts.seed}/${facts.room.id}/log`);
    this.#left = facts.outline.count;
    this.#lastMs = facts.outline.firstMs;
    this.#ahead = this.#read();
    this.#makeReady();
  }

  get nextMs(): number {
    return this.#ready[this.#taken]?.offsetMs ?? Infinity;
  }

  take(): ScheduledLine {
    const line = this.#ready[this.#taken];
    if (line === undefined) throw new RangeError('the log is over');
    this.#taken += 1;
    if (this.#taken === this.#ready.length) this.#makeReady();
    return line;
  }

  /** The next group of entries with the same stamp, spread over one step. */
  #makeReady(): void {
    const group: LogEntry[] = [];
    while (this.#ahead !== undefined && (group.length === 0 || this.#ahead.t <= this.#lastMs)) {
      this.#lastMs = Math.max(this.#lastMs, this.#ahead.t);
      group.push(this.#ahead);
      this.#ahead = this.#read();
    }
    const { firstMs, stepMs } = this.#facts.outline;
    const share = stepMs / group.length;
    const startMs = this.#lastMs - firstMs;
    this.#taken = 0;
    this.#ready = group.map((entry, index) => {
      const withinStep = Math.floor((index + this.#random.fraction()) * share);
      return this.#lineOf(entry, startMs + Math.min(withinStep, stepMs - 1));
    });
  }

  #read(): LogEntry | undefined {
    if (this.#left === 0) return undefined;
    const next = this.#facts.entries.next();
    if (next.done === true) return undefined;
    this.#left -= 1;
    return next.value;
  }

  #lineOf(entry: LogEntry, offsetMs: number): ScheduledLine {
    const random = this.#random;
    const { room } = this.#facts;
    const { text, isAction } = sayable(entry.m);
    const bits = 0;
    return messageLine({
      offsetMs,
      room,
      id: random.uuid(),
      chatter: this.#chatterOf(entry.u),
      text,
      isAction,
      bits,
      nonce: random.chance(0.7) ? random.nonce() : '',
      isFirst: random.chance(0.01),
      extraTags: '',
      emotes: emotesOf(text),
    });
  }

  #chatterOf(pseudonym: string | null): ReturnType<typeof madeUpChatter> {
    const { seed, room, outline } = this.#facts;
    const draw = this.#random.fraction();
    const unnamed = Math.floor(draw * draw * Math.max(1, outline.count / LINES_PER_UNNAMED));
    const name = pseudonym ?? `unnamed/${unnamed}`;
    return madeUpChatter(new SeededRandom(`${seed}/${room.login}/${name}`));
  }
}

const ACTION = '\u0001ACTION';

/** The text as a line can carry it: on one line, well-formed, `/me` recognised. */
export function sayable(recorded: string): { text: string; isAction: boolean } {
  const text = recorded
    .replaceAll(/\r\n|[\r\n]/g, ' ')
    .replaceAll('\0', '')
    .toWellFormed();
  if (!text.startsWith(ACTION)) return { text: text.replaceAll('\u0001', ''), isAction: false };
  return { text: text.slice(ACTION.length).replaceAll('\u0001', '').trimStart(), isAction: true };
}
