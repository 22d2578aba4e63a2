/**
 * What the collectors of one seed write to `channel.events`, and the rules of that seed. Nothing
 * here depends on what the scheduler does later: the same seed has the same world whatever is
 * killed in it.
 *
 * Lines come late, early, twice, clamped, mirrored and out of order; readers lose rooms, die, hand over
 * and go on as zombies; time leaps over minutes and hours; in between stand records that no one
 * can read.
 */
import type { Rule } from '@crest/shared/domain/rule';
import { partitionForKey } from '@crest/shared/partition';
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import { counterIdOf, normalisePhrase } from '@crest/shared/records/counter-wanted';
import { SeededRandom } from '@crest/simulator/core/seeded-random';
import { chatOf } from './world-chat.ts';
import { readersOf, type Room } from './world-readers.ts';
import { rulesOf } from './world-rules.ts';

export const PARTITIONS = 2;

/** One record of `channel.events`. */
export interface WorldRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
}

export interface World {
  /** By partition, in the order of the log. */
  readonly logs: readonly (readonly WorldRecord[])[];
  readonly rules: readonly Rule[];
}

/** Something that is written at a moment of the story (milliseconds since its beginning). */
export type Emit = (atStoryMs: number, room: Room | null, record: ChannelEvent | string) => void;

/** What the parts of a story share. */
export interface Story {
  readonly random: SeededRandom;
  /** Draws how lines were read, in one seed of three; null in the others. */
  readonly readings: SeededRandom | null;
  readonly spanMs: number;
  readonly rooms: readonly Room[];
  readonly partition: number;
  /** Event time of a moment of the story: time leaps now and then. */
  readonly eventMs: (storyMs: number) => number;
  readonly emit: Emit;
}

const HOUR_MS = 3_600_000;
const SECONDS = [12, 20, 35, 35, 70] as const;
const ROOMS = ['201', '202', '203', '204', '205', '206'] as const;

/** The world of a seed. */
export function createWorld(seed: number): World {
  const random = new SeededRandom(`world ${seed}`);
  const spanMs = random.pick(SECONDS) * 1000;
  const startMs = 472_000 * HOUR_MS + startInHourMs(random, spanMs);
  const leaps = leapsOf(random, spanMs);
  const eventMs = (storyMs: number): number =>
    startMs +
    storyMs +
    leaps.reduce((sum, leap) => sum + (leap.atMs <= storyMs ? leap.byMs : 0), 0);
  const rooms = ROOMS.slice(0, random.between(1, 3)).map((id): Room => ({
    id,
    login: `room${id}`,
  }));
  const logs = Array.from({ length: PARTITIONS }, (_, partition) => {
    const here = rooms.filter(({ id }) => partitionForKey(id, PARTITIONS) === partition);
    const readings = seed % 3 === 0 ? new SeededRandom(`readings ${seed} ${partition}`) : null;
    return logOf({ random, readings, spanMs, rooms: here, partition, eventMs });
  });
  return { logs, rules: rulesOf(random, rooms) };
}

// Often so that an hour ends in the middle of the story.
function startInHourMs(random: SeededRandom, spanMs: number): number {
  if (random.chance(0.4)) return HOUR_MS - random.below(spanMs);
  return random.below(HOUR_MS);
}

function leapsOf(random: SeededRandom, spanMs: number): { atMs: number; byMs: number }[] {
  const count = random.pick([0, 0, 0, 1, 2]);
  return Array.from({ length: count }, () => ({
    atMs: random.below(spanMs),
    byMs: random.pick([65_000, 200_000, 1_900_000]) + random.below(20_000),
  }));
}

function logOf(facts: Omit<Story, 'emit'>): WorldRecord[] {
  const emitted: { atMs: number; order: number; record: WorldRecord }[] = [];
  const emit: Emit = (atMs, room, record) => {
    const value = typeof record === 'string' ? record : JSON.stringify(record);
    const entry = { partition: facts.partition, key: room?.id ?? null, value };
    emitted.push({ atMs, order: emitted.length, record: entry });
  };
  const story = { ...facts, emit };
  const isRead = readersOf(story);
  chatOf(story, isRead);
  oddities(story);
  const log = emitted.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  return [...log.map(({ record }) => record), ...ending(story)];
}

function oddities({ random, spanMs, rooms, eventMs, emit }: Story): void {
  const phrase = normalisePhrase('so close');
  const counter = { type: 'counter.wanted', version: 1, counterId: counterIdOf(phrase), phrase };
  for (let left = random.below(4); left > 0; left -= 1) {
    const action = random.pick(['start', 'stop'] as const);
    emit(random.below(spanMs), null, { ...counter, action } as ChannelEvent);
  }
  for (let left = random.below(3); left > 0; left -= 1) {
    const atMs = random.below(spanMs);
    emit(atMs, null, { type: 'heartbeat', version: 1, id: `beat-${atMs}`, stages: {} });
    emit(random.below(spanMs), null, random.pick(['no JSON', '{"type":"tick","version":9}', '7']));
  }
  for (const room of rooms) {
    if (!random.chance(0.3)) continue;
    const atMs = random.below(spanMs);
    const facts = { version: 1, channelId: room.id, channelLogin: room.login } as const;
    emit(atMs, room, { type: 'room.state', ...facts, atMs: eventMs(atMs), settings: {} });
  }
}

// Ticks far enough ahead that every window is final.
function ending({ random, spanMs, partition, eventMs }: Story): WorldRecord[] {
  const lastMs = eventMs(spanMs) + 120_000;
  const endMs = (Math.floor(lastMs / HOUR_MS) + 1) * HOUR_MS + 5_000;
  const times = random.chance(0.5) ? [endMs] : [lastMs - 100_000, lastMs, endMs, endMs + 1_000];
  return times.map((atMs) => {
    const tick = { type: 'tick', version: 1, partition, readerSet: 'a', generation: 1, atMs };
    return { partition, key: null, value: JSON.stringify(tick) };
  });
}
