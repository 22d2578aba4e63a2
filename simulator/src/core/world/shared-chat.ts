/**
 * A shared chat: what is written in one of its rooms is copied into the others a moment later,
 * under an id of its own (dev.twitch.tv/docs, IRC, "Shared chat").
 */
import { mirroredLine, sharedOriginal } from '../chat-lines.ts';
import type { Room } from '../room.ts';
import type { Schedule } from '../schedule.ts';
import type { ScheduledLine } from '../scheduled-line.ts';
import type { SeededRandom } from '../seeded-random.ts';

/** Between a line and its copies at most, exclusive. */
const COPY_DELAY_MS = 40;

/**
 * Wraps the merged schedule of `rooms` (two at least), which share their chat all the time. No copy
 * comes at or after `endMs`.
 */
export function shareChat(
  natives: Schedule,
  rooms: readonly Room[],
  { random, endMs }: { random: SeededRandom; endMs: number },
): Schedule {
  /** Copies that wait, in order of their time. */
  const copies: ScheduledLine[] = [];
  const copyOf = (room: Room, native: ScheduledLine): ScheduledLine => {
    const offsetMs = Math.min(native.offsetMs + random.below(COPY_DELAY_MS), endMs - 1);
    return mirroredLine(native, { room, id: random.uuid(), offsetMs });
  };
  return {
    get nextMs() {
      return Math.min(natives.nextMs, copies[0]?.offsetMs ?? Infinity);
    },
    take() {
      const copy = copies[0];
      if (copy !== undefined && copy.offsetMs <= natives.nextMs) {
        copies.shift();
        return copy;
      }
      const native = natives.take();
      if (native.command !== 'PRIVMSG' && native.command !== 'USERNOTICE') return native;
      for (const room of rooms) {
        if (room !== native.room) copies.push(copyOf(room, native));
      }
      copies.sort((one, other) => one.offsetMs - other.offsetMs);
      return sharedOriginal(native);
    },
  };
}
