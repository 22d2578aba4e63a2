/**
 * When open windows are told: at once when a channel first changes, then at most once an interval.
 * Each update is the true state at its revision, so that skipping some loses nothing.
 */
import type { WindowsUpdated } from '@crest/shared/records/windows-updated';
import type { PartitionFold } from './core/partition-fold.ts';
import type { ChannelState } from './core/partition-state.ts';

export class EarlyUpdates {
  readonly #fold: PartitionFold;
  readonly #intervalMs: number;
  /** When each channel was last told of, wall milliseconds. */
  readonly #toldAtMs = new WeakMap<ChannelState, number>();

  constructor(fold: PartitionFold, intervalMs: number) {
    this.#fold = fold;
    this.#intervalMs = intervalMs;
  }

  /** Takes the updates that are due. */
  takeDue(nowMs: number): WindowsUpdated[] {
    const updates: WindowsUpdated[] = [];
    for (const channel of this.#fold.changedChannels()) {
      if (nowMs - (this.#toldAtMs.get(channel) ?? -Infinity) < this.#intervalMs) continue;
      const update = this.#fold.takeChanges(channel);
      if (update === null) continue;
      updates.push(update);
      this.#toldAtMs.set(channel, nowMs);
    }
    return updates;
  }
}
