/**
 * One room of a seeded world, played for ever or for a given time: talk at a rate of its own,
 * reactions that rise and decay, and incidents. Made slice by slice, only as far as it is read.
 */
import { messageDeletedLine, messageLine } from '../chat-lines.ts';
import type { Chatter } from '../chatter.ts';
import type { Room } from '../room.ts';
import type { Schedule } from '../schedule.ts';
import type { ScheduledLine } from '../scheduled-line.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { escapeTagValue } from '../tag-escape.ts';
import * as incidents from './incidents.ts';
import type { Phrase, PhraseBook } from './phrases.ts';
import { type Reaction, excitementAt, isOver, madeUpReaction } from './reaction.ts';

export interface RoomFacts {
  readonly room: Room;
  readonly random: SeededRandom;
  readonly phrases: PhraseBook;
  /** Those who write here. Earlier ones write more. */
  readonly chatters: readonly Chatter[];
  /** Usual messages a second. */
  readonly rate: number;
  /** Lines end here, as an offset; `Infinity` for none. */
  readonly durationMs: number;
  /** False for even talk without reactions and incidents, as load tests want it. */
  readonly hasStories: boolean;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A few times to a slice: quick to draw, and a reaction's curve is followed closely. */
const TIMES_PER_SLICE = 2;
const SLICE_MS_MIN = 5;

/** Mean time between two incidents of a kind in one room. */
const MEAN_BETWEEN_MS = {
  reaction: 4 * MINUTE,
  pasta: 16 * MINUTE,
  raid: 40 * MINUTE,
  giftBomb: 30 * MINUTE,
} as const;

/** Incidents that come with the talk, as a part of its messages. */
const SHARE = {
  sub: 0.004,
  cheer: 0.004,
  command: 0.008,
  rare: 0.002,
  moderation: 0.0015,
} as const;
const DELETED_SHARE = 0.002;
const REPLY_SHARE = 0.12;
const ACTION_SHARE = 0.004;

/**
 * Times are drawn slice by slice; the lines themselves are made when they are taken. A line that
 * waits is memory that the garbage collector moves about: at 25,000 a second that cost more than
 * all the rest.
 */
export class RoomSchedule implements Schedule {
  readonly #facts: RoomFacts;
  readonly #sliceMs: number;
  #sliceEndMs = 0;
  /** When somebody says something in the present slice, in order; spoken up to `#spoken`. */
  #times: number[] = [];
  #spoken = 0;
  /** Lines that follow from earlier ones, in order. */
  #later: ScheduledLine[] = [];
  #reactions: Reaction[] = [];
  #lastSaid: ScheduledLine | undefined;

  constructor(facts: RoomFacts) {
    if (!(facts.rate > 0)) throw new RangeError('a room needs a rate above 0');
    this.#facts = facts;
    const wishedMs = Math.round((TIMES_PER_SLICE * SECOND) / facts.rate);
    this.#sliceMs = Math.max(SLICE_MS_MIN, Math.min(SECOND, wishedMs));
    this.#lookAhead();
  }

  get nextMs(): number {
    const nextMs = Math.min(this.#times[this.#spoken] ?? Infinity, this.#laterMs);
    return nextMs < this.#facts.durationMs ? nextMs : Infinity;
  }

  take(): ScheduledLine {
    if (this.nextMs === Infinity) throw new RangeError('the room has fallen silent');
    const line = this.#next();
    this.#lookAhead();
    return line;
  }

  get #laterMs(): number {
    return this.#later[0]?.offsetMs ?? Infinity;
  }

  #next(): ScheduledLine {
    const atMs = this.#times[this.#spoken] ?? Infinity;
    const waiting = this.#later[0];
    if (waiting !== undefined && waiting.offsetMs <= atMs) {
      this.#later.shift();
      return waiting;
    }
    this.#spoken += 1;
    return this.#happen(atMs);
  }

  /** Draws slices until the time of the next line is known. */
  #lookAhead(): void {
    const { durationMs } = this.#facts;
    while (
      this.#spoken === this.#times.length &&
      this.#laterMs >= this.#sliceEndMs &&
      this.#sliceEndMs < durationMs
    ) {
      this.#drawSlice(this.#sliceEndMs);
      this.#sliceEndMs += this.#sliceMs;
    }
  }

  #drawSlice(startMs: number): void {
    const { random, rate, hasStories } = this.#facts;
    if (hasStories) this.#beginStories(startMs);
    const expected = (rate * (1 + this.#excitement(startMs)) * this.#sliceMs) / SECOND;
    const times: number[] = [];
    for (let count = random.poisson(expected); count > 0; count -= 1) {
      times.push(startMs + random.below(this.#sliceMs));
    }
    this.#times = times.sort((one, other) => one - other);
    this.#spoken = 0;
  }

  #follow(lines: readonly ScheduledLine[]): void {
    if (lines.length === 0) return;
    this.#later.push(...lines);
    this.#later.sort((one, other) => one.offsetMs - other.offsetMs);
  }

  #excitement(atMs: number): number {
    if (this.#reactions.length === 0) return 0;
    this.#reactions = this.#reactions.filter((reaction) => !isOver(reaction, atMs));
    return this.#reactions.reduce((sum, reaction) => sum + excitementAt(reaction, atMs), 0);
  }

  #beginStories(atMs: number): void {
    const { random, phrases } = this.#facts;
    if (this.#begins('reaction')) this.#react(atMs, random.pick(phrases.excited));
    if (this.#begins('pasta')) this.#react(atMs, [random.pick(phrases.pastas)]);
    if (this.#begins('raid')) {
      this.#follow(incidents.raid(this.#stage(atMs), random.between(20, 2_000)));
      this.#react(atMs, random.pick(phrases.excited));
    }
    if (this.#begins('giftBomb')) {
      this.#follow(incidents.giftBomb(this.#stage(atMs)));
      this.#react(atMs, random.pick(phrases.excited));
    }
  }

  #begins(story: keyof typeof MEAN_BETWEEN_MS): boolean {
    return this.#facts.random.chance(this.#sliceMs / MEAN_BETWEEN_MS[story]);
  }

  #react(atMs: number, phrases: readonly Phrase[]): void {
    this.#reactions.push(madeUpReaction(this.#facts.random, atMs, phrases));
  }

  /** One message, or what a message sometimes is instead; what comes of it follows later. */
  #happen(atMs: number): ScheduledLine {
    const { random, hasStories } = this.#facts;
    const incident = hasStories ? this.#incident(atMs, random.fraction()) : undefined;
    const [first, ...rest] = incident ?? [];
    if (first !== undefined) {
      this.#follow(rest);
      return first;
    }
    const said = this.#say(atMs, this.#phrase(this.#excitement(atMs)));
    if (hasStories && random.chance(DELETED_SHARE)) this.#follow([this.#deletionOf(said)]);
    this.#lastSaid = said;
    return said;
  }

  #incident(atMs: number, draw: number): ScheduledLine[] | undefined {
    let rest = draw;
    for (const kind of INCIDENTS) {
      rest -= SHARE[kind];
      if (rest < 0) return MAKERS[kind](this.#stage(atMs));
    }
    return undefined;
  }

  #phrase(excitement: number): Phrase {
    const { random, phrases } = this.#facts;
    const reaction = this.#reactions.at(-1);
    const isExcited = reaction !== undefined && random.fraction() < excitement / (1 + excitement);
    return random.pick(isExcited ? reaction.phrases : phrases.usual);
  }

  #say(offsetMs: number, phrase: Phrase): ScheduledLine {
    const { room, random } = this.#facts;
    const draw = random.fraction();
    return messageLine({
      offsetMs,
      room,
      id: random.uuid(),
      chatter: this.#someone(),
      text: phrase.text,
      isAction: draw > 1 - ACTION_SHARE,
      bits: 0,
      nonce: draw < 0.95 ? random.nonce() : '',
      isFirst: draw > 0.3 && draw < 0.31,
      extraTags: draw < REPLY_SHARE ? replyTags(this.#lastSaid) : '',
      emotes: phrase.emotes,
    });
  }

  #deletionOf(said: ScheduledLine): ScheduledLine {
    return messageDeletedLine({
      offsetMs: said.offsetMs + this.#facts.random.between(800, 6_000),
      room: said.room,
      messageId: said.id,
      login: loginOf(said),
      text: said.text,
    });
  }

  /** A few write much, many write little. */
  #someone(): Chatter {
    const { random, chatters } = this.#facts;
    const draw = random.fraction();
    const chatter = chatters[Math.floor(draw * draw * chatters.length)];
    if (chatter === undefined) throw new RangeError('a room needs chatters');
    return chatter;
  }

  #stage(atMs: number): incidents.Stage {
    const { room, random } = this.#facts;
    return { room, random, atMs, someone: () => this.#someone() };
  }
}

const INCIDENTS = ['sub', 'cheer', 'command', 'rare', 'moderation'] as const;

const MAKERS = {
  sub: incidents.sub,
  cheer: incidents.cheer,
  command: incidents.command,
  rare: incidents.rareNotice,
  moderation: incidents.moderation,
} as const;

function loginOf(line: ScheduledLine): string {
  return / :([^!]+)!/.exec(line.tail)?.[1] ?? '';
}

function replyTags(parent: ScheduledLine | undefined): string {
  if (parent === undefined) return '';
  const login = loginOf(parent);
  return (
    `reply-parent-display-name=${login};reply-parent-msg-body=${escapeTagValue(parent.text)};` +
    `reply-parent-msg-id=${parent.id};reply-parent-user-id=${parent.userId};` +
    `reply-parent-user-login=${login};reply-thread-parent-msg-id=${parent.id};` +
    `reply-thread-parent-user-login=${login};`
  );
}
