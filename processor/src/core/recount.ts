/**
 * A window counted again from the stored messages: the same words as the fold, so the same result.
 */
import type { Counters } from './counters.ts';
import type { StoredTen, WindowToRecount } from './fold-effects.ts';
import type { Window, WindowSpanSeconds } from '@crest/shared/records/windows-updated';
import { exactChattersMax } from './open-windows.ts';
import { addToTally, counts, countsOf, createTally, type Tally } from './tally.ts';
import type { StoredMessage } from './stored-message.ts';

/** What a recount leads to: for ten seconds the stored form too; null where nothing counts. */
export type Recounted =
  | { readonly ten: StoredTen; readonly larger: null }
  | { readonly ten: null; readonly larger: Window };

/** Counts `messages`, which are all that the store holds of the window's span. */
export function recount(
  plan: WindowToRecount,
  messages: readonly StoredMessage[],
  counters: Counters,
): Recounted | null {
  const counting = messages.filter(counts);
  if (counting.length === 0) return null;
  const window = windowOf(tallyOf(counting, plan.spanSeconds, counters), {
    spanSeconds: plan.spanSeconds,
    startMs: plan.startMs,
    share: plan.observedShare,
  });
  if (plan.spanSeconds !== 10) return { ten: null, larger: window };
  const seconds = plan.secondShares.map((share, i) => {
    const startMs = plan.startMs + i * 1000;
    const inside = counting.filter(({ atMs }) => atMs >= startMs && atMs < startMs + 1000);
    if (inside.length === 0) return null;
    return windowOf(tallyOf(inside, 1, counters), { spanSeconds: 1, startMs, share });
  });
  return { ten: { window, seconds, secondShares: plan.secondShares }, larger: null };
}

/** The windows that readers of `channel.windows` must hear of. */
export function windowsOf({ ten, larger }: Recounted): Window[] {
  if (ten === null) return [larger];
  return [...ten.seconds.filter((second) => second !== null), ten.window];
}

function tallyOf(
  messages: readonly StoredMessage[],
  spanSeconds: WindowSpanSeconds,
  counters: Counters,
): Tally {
  const tally = createTally();
  const exactMax = exactChattersMax(spanSeconds);
  for (const message of messages) addToTally(tally, message, { counters, exactMax });
  return tally;
}

function windowOf(
  tally: Tally,
  at: { spanSeconds: WindowSpanSeconds; startMs: number; share: number },
): Window {
  const { spanSeconds, startMs, share } = at;
  return { spanSeconds, startMs, final: true, observedShare: share, ...countsOf(tally) };
}
