/**
 * How long to gather before the next request, by how much comes. A request over many partitions
 * costs client and broker about as much with ten records as with hundreds: where much comes, fewer
 * requests are made; where little comes, nobody waits for long.
 */

/** Two paces, and what is much. */
export interface PaceOptions {
  /** Wall milliseconds between requests while little comes. */
  readonly calmMs: number;
  /** While much comes. */
  readonly busyMs: number;
  /** So many records a second are much; it is over below `CALM_SHARE` of that. */
  readonly busyRecordsPerSecond: number;
}

/** The rate is that of so long at least, wall milliseconds: one full answer is no load yet. */
const LOOK_MS = 500;
/** A rate about the limit must not change the pace twice a second. */
const CALM_SHARE = 0.7;

export class LoadPace {
  readonly #options: PaceOptions;
  #isBusy = false;
  #records = 0;
  #sinceMs: number | null = null;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Counts records that came or went. `nowMs`: a steady clock. */
  count(records: number, nowMs: number): void {
    this.#records += records;
    this.#sinceMs ??= nowMs;
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs < LOOK_MS) return;
    const perSecond = (this.#records * 1_000) / elapsedMs;
    const { busyRecordsPerSecond } = this.#options;
    this.#isBusy = perSecond > busyRecordsPerSecond * (this.#isBusy ? CALM_SHARE : 1);
    this.#records = 0;
    this.#sinceMs = nowMs;
  }

  /** Wall milliseconds to gather for before the next request. */
  get gatherMs(): number {
    return this.#isBusy ? this.#options.busyMs : this.#options.calmMs;
  }
}
