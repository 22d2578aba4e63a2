/** Feeds the detector of a channel with the seconds that closed, and words what it finds. */
import type { SpikeFound } from '@crest/shared/records/spike-found';
import type { Window } from '@crest/shared/records/windows-updated';
import type { ChannelScope } from './channel-scope.ts';
import {
  needsEverySecond,
  observeSecond,
  skipQuiet,
  type DetectorSettings,
  type Spike,
} from './detector.ts';
import { isSecondObserved } from './gap-list.ts';

/**
 * Steps the detector over the one-second windows among `closed`, in order of time, and over the
 * quiet seconds after them while those matter.
 */
export function stepDetector(
  scope: ChannelScope,
  closed: readonly Window[],
  settings: DetectorSettings,
): void {
  const { detector, observation } = scope.channel;
  const isObserved = (second: number): boolean => isSecondObserved(observation, second);
  const tell = (spike: Spike | null): void => {
    if (spike !== null) putSpike(scope, spike);
  };
  for (const { spanSeconds, startMs, messages } of closed) {
    if (spanSeconds !== 1 || messages === 0) continue;
    const second = startMs / 1000;
    skipQuiet(detector, second, isObserved, settings).forEach(tell);
    tell(observeSecond(detector, { second, messages, observed: isObserved(second) }, settings));
  }
  if (!needsEverySecond(detector)) return;
  skipQuiet(detector, scope.closedBefore, isObserved, settings).forEach(tell);
}

function putSpike({ channel, effects, revision }: ChannelScope, spike: Spike): void {
  const fact: SpikeFound = {
    type: 'spike.found',
    version: 1,
    channelId: channel.id,
    channelLogin: channel.login,
    revision,
    startMs: spike.startSecond * 1000,
    peakMs: spike.peakSecond * 1000,
    endMs: spike.endSecond * 1000,
    score: spike.score,
    messages: spike.messages,
    baselinePerSecond: spike.baselinePerSecond,
  };
  effects.outgoing.push(fact);
  effects.spikes.push(fact);
}
