/** What people say in the story of a seed, and what moderators take away. */
import type { ChatDeletion } from '@crest/shared/records/chat-deletion';
import type { ChatMessage } from '@crest/shared/records/chat-message';
import type { ChatNotice } from '@crest/shared/records/chat-notice';
import type { LineReading } from '@crest/shared/records/line-reading';
import type { SeededRandom } from '@crest/simulator/core/seeded-random';
import type { IsRead, Room } from './world-readers.ts';
import { PHRASE } from './world-rules.ts';
import type { Story } from './world.ts';

const TEXTS = [
  'hello',
  '!drop',
  'So  Close',
  'ＧＧ wp',
  PHRASE,
  PHRASE,
  '👋👋 hi',
  'gg  WP ez',
  '',
];
const NOTICES = ['sub', 'resub', 'subgift', 'submysterygift', 'announcement'];

/** Lines that come so long after their stamp say who read them, milliseconds. */
const LATE_MS = 2_000;

/** How a seed's lines behave. */
interface Manners {
  /** Lines a second and room. */
  readonly rate: number;
  readonly lateShare: number;
  readonly repeatedShare: number;
  readonly clampedShare: number;
}

/** Writes the chat of every room. */
export function chatOf(story: Story, isRead: IsRead): void {
  const { random } = story;
  const manners: Manners = {
    rate: random.pick([0.1, 0.3, 0.6]),
    lateShare: random.pick([0, 0.02, 0.1]),
    repeatedShare: random.pick([0, 0.05, 0.2]),
    clampedShare: random.chance(0.15) ? 0.02 : 0,
  };
  for (const room of story.rooms) {
    for (const atMs of momentsOf(story, manners)) {
      // Seldom a line comes from where nobody is known to have read: a reader that died since.
      if (isRead(room, atMs) || random.chance(0.1)) say(story, manners, { room, atMs });
    }
    deletionsOf(story, room);
  }
}

function momentsOf({ random, spanMs }: Story, { rate }: Manners): number[] {
  const moments: number[] = [];
  for (let atMs = 0; atMs < spanMs; atMs += 1 + random.exponential(1000 / rate)) {
    moments.push(Math.floor(atMs));
  }
  for (let bursts = random.below(4); bursts > 0; bursts -= 1) {
    const fromMs = random.below(spanMs);
    const lengthMs = random.pick([500, 1_500, 4_000]);
    const lines = random.between(4, 14);
    for (let i = 0; i < lines; i += 1) moments.push(fromMs + random.below(lengthMs));
  }
  return moments.filter((atMs) => atMs < spanMs);
}

function say(story: Story, manners: Manners, { room, atMs }: { room: Room; atMs: number }): void {
  const { random, eventMs, emit } = story;
  const stampMs = eventMs(atMs);
  const isClamped = random.chance(manners.clampedShare);
  const clampedMs = stampMs + 60_000;
  const stamp = isClamped
    ? { atMs: clampedMs, clampedFromMs: clampedMs + random.below(1e9) }
    : { atMs: stampMs, clampedFromMs: null };
  const lateMs = delayMs(random, manners);
  const line = { ...lineOf(random, room, stamp), ...readingOf(story.readings, stamp, lateMs) };
  emit(atMs + lateMs, room, line);
  while (random.chance(manners.repeatedShare)) {
    emit(atMs + random.pick([0, 100, 2_000, 15_000, 90_000]), room, line);
  }
}

/** A line that is late says who read it, whoever that is said to be; some stamps run ahead. */
function readingOf(
  readings: SeededRandom | null,
  { atMs, clampedFromMs }: { atMs: number; clampedFromMs: number | null },
  lateMs: number,
): { atMs?: number } & LineReading {
  if (readings === null) return {};
  const generation = readings.between(1, 6);
  if (lateMs > LATE_MS) return { readBy: { readerSet: 'a', generation } };
  if (clampedFromMs !== null || !readings.chance(0.03)) return {};
  return { atMs: atMs + readings.pick([200, 3_000, 60_000]), readAtMs: atMs };
}

function delayMs(random: SeededRandom, { lateShare }: Manners): number {
  if (!random.chance(lateShare)) return random.below(900);
  return random.pick([2_500, 5_000, 15_000, 70_000]) + random.below(3_000);
}

function lineOf(
  random: SeededRandom,
  room: Room,
  stamp: { atMs: number; clampedFromMs: number | null },
): ChatMessage | ChatNotice {
  const user = random.below(9);
  const common = {
    version: 1,
    channelId: room.id,
    channelLogin: random.chance(0.02) ? `${room.login}x` : room.login,
    id: `m${random.next32().toString(36)}`,
    ...stamp,
    userId: String(user),
    userLogin: `user${user}`,
    userName: `User${user}`,
    text: random.pick(TEXTS),
    mirroredFrom: random.chance(0.05) ? { channelId: '999', id: 'source' } : null,
    tags: {},
  } as const;
  if (random.chance(0.08)) {
    const notice = random.pick(NOTICES);
    return { type: 'chat.notice', ...common, notice, systemText: '', params: {} };
  }
  const bits = random.chance(0.05) ? random.between(1, 500) : 0;
  const emotes = random.chance(0.3) ? random.between(1, 4) : 0;
  const replyTo = random.chance(0.1) ? 'another' : null;
  return { type: 'chat.message', ...common, isAction: random.chance(0.05), bits, emotes, replyTo };
}

function deletionsOf({ random, spanMs, eventMs, emit }: Story, room: Room): void {
  for (let left = random.pick([0, 0, 1, 3]); left > 0; left -= 1) {
    const atMs = random.below(spanMs);
    const scope = random.pick(['user', 'user', 'room'] as const);
    const deletion: ChatDeletion = {
      type: 'chat.deletion',
      version: 1,
      channelId: room.id,
      channelLogin: room.login,
      id: `d${random.next32()}`,
      atMs: eventMs(atMs),
      scope,
      targetMessageId: null,
      targetUserId: scope === 'user' ? String(random.below(9)) : null,
      targetUserLogin: null,
      timeoutSeconds: 600,
    };
    emit(atMs + random.below(500), room, deletion);
  }
}
