/** A seeded world: rooms with Zipf-like rates in several languages, some in shared chats. */
import { type Chatter, madeUpChatter } from '../chatter.ts';
import { type Room, roomsOf } from '../room.ts';
import { type Schedule, mergeSchedules } from '../schedule.ts';
import { SeededRandom } from '../seeded-random.ts';
import { type Language, type PhraseBook, LANGUAGES, phraseBookOf } from './phrases.ts';
import { RoomSchedule } from './room-schedule.ts';
import { shareChat } from './shared-chat.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Room ids differ between runs, so that nothing collides in a store. */
  readonly runId: string;
  readonly rooms: number;
  /** Usual rate of all rooms together; reactions come on top. */
  readonly messagesPerSecond: number;
  /** Rate of the first room instead of its share, of even talk; 0 or left out for its share. */
  readonly busiestPerSecond?: number;
  /** `Infinity` for a world that never ends. */
  readonly durationMs: number;
  /** False for even talk without reactions, incidents and shared chats. */
  readonly hasStories: boolean;
}

export interface World {
  readonly rooms: readonly Room[];
  readonly schedule: Schedule;
}

const CHATTERS = 8_192;
/** Languages are spread as on Twitch: English half, the others the rest. */
const ENGLISH_SHARE = 0.5;
/** Of this many rooms, two share their chat. */
const ROOMS_PER_SHARED_CHAT = 12;

export function createWorld(options: WorldOptions): World {
  const seed = `${options.seed}/${options.runId}`;
  const random = new SeededRandom(`${options.seed}/world`);
  const chatters = Array.from({ length: CHATTERS }, () => madeUpChatter(random));
  const books = new Map(LANGUAGES.map((each) => [each, phraseBookOf(String(options.seed), each)]));
  const names = Array.from({ length: options.rooms }, (_, index) => roomName(random, index));
  const rooms = roomsOf(names, options.runId);
  const shares = zipfShares(options.rooms);
  const { busiestPerSecond = 0 } = options;
  const schedules = rooms.map((room, index) => {
    const isBusiest = index === 0 && busiestPerSecond > 0;
    const share = shares[index] ?? 0;
    return new RoomSchedule({
      room,
      random: new SeededRandom(`${seed}/${room.login}`),
      phrases: bookFor(books, random),
      chatters: community(chatters, random, share),
      rate: isBusiest ? busiestPerSecond : options.messagesPerSecond * share,
      durationMs: options.durationMs,
      hasStories: options.hasStories && !isBusiest,
    });
  });
  const all = options.hasStories
    ? withSharedChats(rooms, schedules, { seed, endMs: options.durationMs })
    : schedules;
  return { rooms, schedule: mergeSchedules(all) };
}

/** Zipf's law with exponent 1: the k-th room has 1/k of the first one's share; all sum to 1. */
export function zipfShares(count: number): number[] {
  const weights = Array.from({ length: count }, (_, index) => 1 / (index + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Pairs of neighbours in size share a chat; the biggest room stays alone. */
function withSharedChats(
  rooms: readonly Room[],
  schedules: readonly Schedule[],
  { seed, endMs }: { seed: string; endMs: number },
): Schedule[] {
  const result: Schedule[] = [];
  for (let index = 0; index < rooms.length; index += 1) {
    const [one, other] = [schedules[index], schedules[index + 1]];
    if (one === undefined) continue;
    const isPair = index % ROOMS_PER_SHARED_CHAT === 3 && other !== undefined;
    if (!isPair) {
      result.push(one);
      continue;
    }
    const random = new SeededRandom(`${seed}/shared-chat/${index}`);
    result.push(
      shareChat(mergeSchedules([one, other]), rooms.slice(index, index + 2), { random, endMs }),
    );
    index += 1;
  }
  return result;
}

/** The crowd of a room: some of all chatters, more of them where more is written. */
function community(all: readonly Chatter[], random: SeededRandom, share: number): Chatter[] {
  const size = Math.max(30, Math.min(2_000, Math.round(share * 20_000)));
  const start = random.below(all.length);
  return Array.from({ length: size }, (_, index) => all[(start + index * 7) % all.length]).filter(
    (chatter) => chatter !== undefined,
  );
}

function bookFor(books: ReadonlyMap<Language, PhraseBook>, random: SeededRandom): PhraseBook {
  const language = random.chance(ENGLISH_SHARE) ? 'en' : random.pick(LANGUAGES);
  const book = books.get(language);
  if (book === undefined) throw new RangeError(`no phrases for ${language}`);
  return book;
}

function roomName(random: SeededRandom, index: number): string {
  return `${random.pick(NAME_STARTS)}_${random.pick(NAME_ENDS)}${index === 0 ? '' : index}`;
}

const NAME_STARTS = 'amber birch cobalt dune ember fjord garnet heron iris juniper'.split(' ');
const NAME_ENDS = 'arena attic corner deck harbor lounge meadow parlor studio tavern'.split(' ');
