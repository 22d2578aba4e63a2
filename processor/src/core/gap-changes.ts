/** What follows when a gap opens, moves or closes: facts for the store, shares that were wrong. */
import type { ChannelScope } from './channel-scope.ts';
import { forgetSeconds } from './detector.ts';
import type { GapChange } from './observation.ts';
import { windowOfSecond } from './open-windows.ts';
import { recountsAround } from './recount-plan.ts';

/** Writes the gaps, corrects windows that were closed with another share, mends the baseline. */
export function applyGapChanges(scope: ChannelScope, changes: readonly GapChange[]): void {
  for (const change of changes) {
    putGap(scope, change);
    correctClosed(scope, change);
  }
}

function putGap({ channel, effects, revision }: ChannelScope, { gap }: GapChange): void {
  // Nobody wanted the room: it was not observed, but that is no gap.
  if (gap.reason === 'unwanted') return;
  const others = channel.observation.readers.map(({ readerSet }) => readerSet);
  effects.gaps.push({
    idMs: gap.idMs,
    channelId: channel.id,
    channelLogin: channel.login,
    fromMs: gap.fromMs,
    toMs: gap.toMs,
    reason: gap.reason,
    readerSets: others.sort(),
    revision,
  });
}

function correctClosed(scope: ChannelScope, { gap, fromMs, toMs }: GapChange): void {
  const { channel, closedBefore } = scope;
  if (fromMs >= Math.min(toMs, closedBefore * 1000)) return;
  const fromSecond = Math.floor(fromMs / 1000);
  const toSecond = Math.min(closedBefore, Math.ceil(toMs / 1000)) - 1;
  if (gap.fromMs <= fromMs && (gap.toMs ?? Infinity) >= toMs) {
    forgetSeconds(channel.detector, { fromSecond, toSecond });
  }
  for (const ten of channel.tens) {
    for (let second = ten.startSecond; second < ten.startSecond + 10; second += 1) {
      const window =
        second < fromSecond || second > toSecond ? null : windowOfSecond(channel, second, true);
      if (window !== null) scope.update([window]);
    }
  }
  recountsAround(scope, { fromMs, toMs });
}
