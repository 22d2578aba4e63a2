/** When a channel is over, so that a partition does not remember every one that ever was. */
import type { Observation, Reader } from './observation.ts';
import type { ChannelState } from './partition-state.ts';

/** As long as lines are kept: nothing can be counted again after that. */
const KEPT_MS = 24 * 3_600_000;

/**
 * Nobody has wanted the room, and none of its windows was open, for a day before `nowMs` (event
 * time). Where it is wanted again it begins anew; that its time before was unobserved is the same.
 */
export function isForgettable({ tens, larger, observation }: ChannelState, nowMs: number): boolean {
  const { idle } = observation;
  const last = idle.at(-1);
  const isIdle = last?.toMs === Infinity && last.fromMs < nowMs - KEPT_MS;
  const isOpen = tens.length > 0 || larger.length > 0;
  return isIdle && !isOpen && !isRead(observation);
}

/** A holder that was killed never says that it ended: the newest of each reader set counts. */
function isRead({ readers }: Observation): boolean {
  const isOlder = (reader: Reader): boolean =>
    readers.some((r) => r.readerSet === reader.readerSet && r.generation > reader.generation);
  return readers.some((reader) => reader.isReading && !isOlder(reader));
}
