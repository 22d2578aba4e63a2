/**
 * A window counted again from the stored messages: the same words as the fold, so the same result.
 * Lines are added one by one, because an hour of a busy channel does not fit into memory.
 */
import type { Window, WindowSpanSeconds } from '@crest/shared/records/windows-updated';
import type { Counters } from './counters.ts';
import type { StoredTen, WindowToRecount } from './fold-effects.ts';
import { exactChattersMax } from './open-windows.ts';
import type { StoredMessage } from './stored-message.ts';
import { addToTally, counts, countsOf, createTally, type Tally } from './tally.ts';

/** What a recount leads to: for ten seconds the stored form too; null where nothing counts. */
export type Recounted =
  | { readonly ten: StoredTen; readonly larger: null }
  | { readonly ten: null; readonly larger: Window };

/** One recount under way. */
export class Recount {
  readonly #plan: WindowToRecount;
  readonly #counters: Counters;
  readonly #all = createTally();
  /** Each of ten seconds in which something counted; empty for larger spans. */
  readonly #seconds = new Map<number, Tally>();
  #isEmpty = true;

  constructor(plan: WindowToRecount, counters: Counters) {
    this.#plan = plan;
    this.#counters = counters;
  }

  /**
   * Counts a line of the window's span. One from behind the revision may be stored already; it
   * leads to a recount of its own, and what a revision stands for must not depend on how far the
   * store is when somebody counts.
   */
  add(line: StoredMessage): void {
    if (line.offset > this.#plan.revision || !counts(line)) return;
    this.#isEmpty = false;
    const { spanSeconds, startMs } = this.#plan;
    const counters = this.#counters;
    addToTally(this.#all, line, { counters, exactMax: exactChattersMax(spanSeconds) });
    if (spanSeconds !== 10) return;
    const second = Math.floor((line.atMs - startMs) / 1000);
    let tally = this.#seconds.get(second);
    if (tally === undefined) this.#seconds.set(second, (tally = createTally()));
    addToTally(tally, line, { counters, exactMax: exactChattersMax(1) });
  }

  /** What all lines come to. */
  result(): Recounted | null {
    if (this.#isEmpty) return null;
    const { spanSeconds, startMs, observedShare: share, secondShares } = this.#plan;
    const window = windowOf(this.#all, { spanSeconds, startMs, share });
    if (spanSeconds !== 10) return { ten: null, larger: window };
    const seconds = secondShares.map((secondShare, i) => {
      const tally = this.#seconds.get(i);
      const at = { spanSeconds: 1, startMs: startMs + i * 1000, share: secondShare } as const;
      return tally === undefined ? null : windowOf(tally, at);
    });
    return { ten: { window, seconds, secondShares }, larger: null };
  }
}

/** The windows that readers of `channel.windows` must hear of. */
export function windowsOf({ ten, larger }: Recounted): Window[] {
  if (ten === null) return [larger];
  return [...ten.seconds.filter((second) => second !== null), ten.window];
}

function windowOf(
  tally: Tally,
  at: { spanSeconds: WindowSpanSeconds; startMs: number; share: number },
): Window {
  const { spanSeconds, startMs, share } = at;
  return { spanSeconds, startMs, final: true, observedShare: share, ...countsOf(tally) };
}
