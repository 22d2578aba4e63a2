/**
 * The readers of a partition in the story of a seed: holders with their generations, one after the
 * other or overlapping, and what they say of the rooms.
 */
import type { UnobservedReason } from '@crest/shared/records/room-observed';
import type { Story } from './world.ts';

export interface Room {
  readonly id: string;
  readonly login: string;
}

/** Whether anybody reads a room at a moment of the story. */
export type IsRead = (room: Room, storyMs: number) => boolean;

interface Holder {
  readonly readerSet: string;
  readonly generation: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly endsBy: 'dying' | 'handing over' | 'the end';
}

interface Absence {
  readonly roomId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const LOSSES: readonly UnobservedReason[] = [
  'connection_lost',
  'connection_lost',
  'parted',
  'refused',
  'unwanted',
];

/** Lets the readers of the story speak; tells when a room was read. */
export function readersOf(story: Story): IsRead {
  const { random } = story;
  const sets = random.chance(0.2) ? ['a', 'b'] : ['a'];
  const holders = sets.flatMap((readerSet) => holdersOf(story, readerSet));
  const reading = holders.map((holder) => ({ holder, absences: speak(story, holder) }));
  return (room, atMs) =>
    reading.some(({ holder, absences }) => {
      if (atMs < holder.fromMs || atMs >= holder.toMs) return false;
      return !absences.some(
        ({ roomId, fromMs, toMs }) => roomId === room.id && fromMs <= atMs && atMs < toMs,
      );
    });
}

function holdersOf({ random, spanMs }: Story, readerSet: string): Holder[] {
  const holders: Holder[] = [];
  let generation = random.between(1, 3);
  let fromMs = 0;
  while (fromMs < spanMs) {
    const isLast = random.chance(0.4);
    const toMs = isLast ? spanMs : Math.min(spanMs, fromMs + random.between(5_000, 60_000));
    const endsBy = toMs >= spanMs ? 'the end' : random.pick(['dying', 'handing over'] as const);
    holders.push({ readerSet, generation, fromMs, toMs, endsBy });
    if (toMs >= spanMs) break;
    generation += random.between(1, 3);
    const pauseMs = random.pick([200, 1_000, 3_000, 8_000]);
    fromMs = endsBy === 'dying' ? toMs + pauseMs : Math.max(fromMs + 1_000, toMs - pauseMs);
  }
  return holders;
}

// What a holder says, and which rooms it did not read when.
function speak(story: Story, holder: Holder): Absence[] {
  const { random, rooms, spanMs } = story;
  const absences = rooms.flatMap((room) => speakOf(story, holder, room));
  const everyMs = random.pick([1_000, 1_000, 2_000]);
  for (let atMs = holder.fromMs + 100; atMs < holder.toMs; atMs += everyMs) {
    tickAt(story, holder, atMs);
  }
  // Woken too late: what it says counts for nothing any more.
  if (holder.endsBy === 'dying' && random.chance(0.3)) {
    tickAt(story, holder, Math.min(spanMs - 1, holder.toMs + random.below(8_000)));
  }
  return absences;
}

function tickAt({ random, partition, eventMs, emit }: Story, holder: Holder, atMs: number): void {
  const { readerSet, generation } = holder;
  const tick = { type: 'tick', version: 1, partition, readerSet, generation } as const;
  const times = random.chance(0.05) ? 2 : 1;
  for (let i = 0; i < times; i += 1) {
    emit(atMs + random.below(400), null, { ...tick, atMs: eventMs(atMs) });
  }
}

function speakOf(story: Story, holder: Holder, room: Room): Absence[] {
  const { random } = story;
  const absences: Absence[] = [];
  const joinedMs = holder.fromMs + random.below(900);
  observed(story, { holder, room }, joinedMs);
  absences.push({ roomId: room.id, fromMs: holder.fromMs, toMs: joinedMs });
  let atMs = joinedMs;
  while (random.chance(0.35)) {
    atMs += random.between(1_000, 20_000);
    const reason = random.pick(LOSSES);
    const backMs = atMs + random.pick([300, 2_000, 9_000]);
    if (backMs >= holder.toMs) break;
    const sinceMs = reason === 'connection_lost' ? atMs - random.below(3_000) : atMs;
    unobserved(story, { holder, room }, { atMs, sinceMs: Math.max(joinedMs, sinceMs), reason });
    observed(story, { holder, room }, backMs);
    absences.push({ roomId: room.id, fromMs: sinceMs, toMs: backMs });
    atMs = backMs;
  }
  if (holder.endsBy === 'handing over') {
    const saidMs = holder.toMs + random.below(1_500);
    unobserved(
      story,
      { holder, room },
      { atMs: saidMs, sinceMs: holder.toMs, reason: 'handed_over' },
    );
  }
  return absences;
}

interface Speaker {
  readonly holder: Holder;
  readonly room: Room;
}

function observed(story: Story, { holder, room }: Speaker, atMs: number): void {
  const { readerSet, generation } = holder;
  story.emit(atMs, room, {
    type: 'room.observed',
    version: 1,
    channelId: room.id,
    channelLogin: room.login,
    readerSet,
    generation,
    atMs: story.eventMs(atMs),
  });
}

function unobserved(
  story: Story,
  { holder, room }: Speaker,
  { atMs, sinceMs, reason }: { atMs: number; sinceMs: number; reason: UnobservedReason },
): void {
  const { readerSet, generation } = holder;
  story.emit(atMs, room, {
    type: 'room.unobserved',
    version: 1,
    channelId: room.id,
    channelLogin: room.login,
    readerSet,
    generation,
    atMs: story.eventMs(atMs),
    sinceMs: story.eventMs(sinceMs),
    reason,
  });
}
