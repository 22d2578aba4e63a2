/** Which channels have windows that end at which second, so that closing looks at no others. */
import type { ChannelState } from './partition-state.ts';

export class ClosingCalendar {
  readonly #bySecond = new Map<number, Set<ChannelState>>();

  /** A window of the channel ends at the second. */
  add(endSecond: number, channel: ChannelState): void {
    const channels = this.#bySecond.get(endSecond);
    if (channels === undefined) this.#bySecond.set(endSecond, new Set([channel]));
    else channels.add(channel);
  }

  /** Adds every window that is open in a channel: for a state that was loaded. */
  addOpen(channel: ChannelState): void {
    for (const { startSecond, seconds } of channel.tens) {
      this.add(startSecond + 10, channel);
      seconds.forEach((tally, i) => {
        if (tally !== null) this.add(startSecond + i + 1, channel);
      });
    }
    for (const { startSecond, spanSeconds } of channel.larger) {
      this.add(startSecond + spanSeconds, channel);
    }
  }

  /** Takes out the channels with windows that end at or before the second, in order of time. */
  takeEnded(second: number): Set<ChannelState> {
    const ended = [...this.#bySecond.keys()].filter((end) => end <= second).sort((a, b) => a - b);
    const channels = new Set<ChannelState>();
    for (const end of ended) {
      for (const channel of this.#bySecond.get(end) ?? []) channels.add(channel);
      this.#bySecond.delete(end);
    }
    return channels;
  }
}
