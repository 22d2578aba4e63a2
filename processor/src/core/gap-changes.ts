/** What follows when a gap opens, moves or closes: facts for the store, shares that were wrong. */
import type { ChannelScope } from './channel-scope.ts';
import { forgetSeconds } from './detector.ts';
import type { Gap, GapChanges } from './gap-list.ts';
import { windowOfSecond } from './open-windows.ts';
import { recountsAround } from './recount-plan.ts';

/** Writes the gaps, corrects windows that were closed with another share, mends the baseline. */
export function applyGapChanges(scope: ChannelScope, { told, changed }: GapChanges): void {
  for (const gap of told) putGap(scope, gap);
  for (const span of changed) correctClosed(scope, span);
}

function putGap({ channel, effects, revision }: ChannelScope, gap: Gap): void {
  const { gaps } = effects;
  const { id: channelId, login: channelLogin, observation } = channel;
  // One record may change a gap twice: the store takes one document for each revision.
  const at = gaps.findLastIndex(
    (fact) => fact.revision === revision && fact.channelId === channelId && fact.idMs === gap.idMs,
  );
  if (at >= 0) gaps.splice(at, 1);
  gaps.push({
    idMs: gap.idMs,
    channelId,
    channelLogin,
    fromMs: gap.fromMs,
    toMs: gap.toMs === Infinity ? null : gap.toMs,
    reason: gap.reason,
    readerSets: [...new Set(observation.readers.map(({ readerSet }) => readerSet))].sort(),
    revision,
  });
}

function correctClosed(scope: ChannelScope, span: GapChanges['changed'][number]): void {
  const { channel, closedBefore } = scope;
  const { fromMs, toMs } = span;
  if (fromMs >= Math.min(toMs, closedBefore * 1000)) return;
  const fromSecond = Math.floor(fromMs / 1000);
  const toSecond = Math.min(closedBefore, Math.ceil(toMs / 1000)) - 1;
  if (!span.isObserved) forgetSeconds(channel.detector, { fromSecond, toSecond });
  for (const ten of channel.tens) {
    for (let second = ten.startSecond; second < ten.startSecond + 10; second += 1) {
      const window =
        second < fromSecond || second > toSecond ? null : windowOfSecond(channel, second, true);
      if (window !== null) scope.update([window]);
    }
  }
  recountsAround(scope, { fromMs, toMs });
}
