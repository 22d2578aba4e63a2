/** Which closed windows must be counted again from the stored messages, with their shares. */
import type { ChannelScope } from './channel-scope.ts';
import type { WindowToRecount } from './fold-effects.ts';
import { observedShare } from './gap-list.ts';
import { startOf } from './open-windows.ts';
import type { OpenLarge } from './partition-state.ts';

const SPANS = [10, 60, 3600] as const;
/** How far back windows are mended, seconds: what is older keeps the share that it had. */
const REACH_SECONDS = 3600;

/** Plans the closed windows that touch the span of event time. */
export function recountsAround(
  scope: ChannelScope,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): void {
  const { closedBefore } = scope;
  const lastMs = Math.min(toMs, closedBefore * 1000) - 1;
  const reachMs = Math.max(fromMs, lastMs - REACH_SECONDS * 1000);
  if (lastMs < reachMs) return;
  for (const spanSeconds of SPANS) {
    const last = startOf(Math.floor(lastMs / 1000), spanSeconds);
    let start = startOf(Math.floor(reachMs / 1000), spanSeconds);
    for (; start <= last && start + spanSeconds <= closedBefore; start += spanSeconds) {
      plan(scope, spanSeconds, start);
    }
  }
}

/** Plans a minute or an hour that is over but was not counted here. */
export function recountOfLarge(scope: ChannelScope, window: OpenLarge): void {
  plan(scope, window.spanSeconds, window.startSecond);
}

function plan(
  { channel, effects, revision, watermarkMs }: ChannelScope,
  spanSeconds: WindowToRecount['spanSeconds'],
  startSecond: number,
): void {
  const shareOf = (second: number, length: number): number =>
    observedShare(channel.observation, second * 1000, (second + length) * 1000);
  const seconds = spanSeconds === 10 ? Array.from({ length: 10 }, (_, i) => startSecond + i) : [];
  effects.recounts.push({
    channelId: channel.id,
    channelLogin: channel.login,
    spanSeconds,
    startMs: startSecond * 1000,
    revision,
    watermarkMs,
    observedShare: shareOf(startSecond, spanSeconds),
    secondShares: seconds.map((second) => shareOf(second, 1)),
  });
}
