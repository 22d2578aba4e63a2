/**
 * When open windows are told: at once when a channel first changes, then at most once an interval.
 * Each update is the true state at its revision, so that skipping some loses nothing.
 */
import type { LoadPace } from '@crest/shared/kafka/load-pace';
import type { WindowsUpdated } from '@crest/shared/records/windows-updated';
import type { PartitionFold } from './core/partition-fold.ts';
import type { ChannelState } from './core/partition-state.ts';

export class EarlyUpdates {
  readonly #fold: PartitionFold;
  readonly #pace: Pick<LoadPace, 'gatherMs'>;
  /** When each channel was last told of, wall milliseconds. */
  readonly #toldAtMs = new WeakMap<ChannelState, number>();

  /** `pace`: wall milliseconds between two updates of a channel. */
  constructor(fold: PartitionFold, pace: Pick<LoadPace, 'gatherMs'>) {
    this.#fold = fold;
    this.#pace = pace;
  }

  /** Takes the updates that are due. */
  takeDue(nowMs: number): WindowsUpdated[] {
    const updates: WindowsUpdated[] = [];
    const intervalMs = this.#pace.gatherMs;
    for (const channel of this.#fold.changedChannels()) {
      if (nowMs - (this.#toldAtMs.get(channel) ?? -Infinity) < intervalMs) continue;
      const update = this.#fold.takeChanges(channel);
      if (update === null) continue;
      updates.push(update);
      this.#toldAtMs.set(channel, nowMs);
    }
    return updates;
  }
}
