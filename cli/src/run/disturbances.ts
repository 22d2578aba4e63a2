/** Writes down what happens to the parts of a run. */
import type { EventClockSetting } from '@crest/shared/event-clock';
import { createEventClock } from '@crest/shared/event-clock';
import { serviceOf, type Disturbance, type DisturbedService } from '../core/chaos/disturbance.ts';
import type { PartEvent } from './part.ts';

/** As it is written down: event time follows when the clock of the run is known. */
type Entry = Omit<Disturbance, 'atMs'>;

/** More than a run of hours at one act a second has. Beyond it nothing more is written down. */
const ENTRIES_MAX = 20_000;

export class Disturbances {
  readonly #wallNowMs: () => number;
  readonly #entries: Entry[] = [];
  /** Parts that are paused now: where their entry is. */
  readonly #paused = new Map<string, number>();

  constructor(wallNowMs: () => number) {
    this.#wallNowMs = wallNowMs;
  }

  /** Everything so far, in order, under the clock of the run. */
  list(clock: EventClockSetting): Disturbance[] {
    return this.#entries.map((entry) => ({
      ...entry,
      atMs: createEventClock(clock, () => entry.atWallMs).nowMs(),
    }));
  }

  onPart(event: PartEvent): void {
    const service = serviceOf(event.name);
    if (service === null) return;
    switch (event.kind) {
      case 'ended':
        if (event.wasUp) this.note(event.ordered ?? 'crash', event.name, service);
        break;
      case 'paused':
        this.#paused.set(event.name, this.#entries.length);
        this.note('pause', event.name, service);
        break;
      case 'resumed':
        this.#resumed(event.name);
        break;
      default:
        break;
    }
  }

  /** Notes a disturbance now. */
  note(kind: Disturbance['kind'], what: string, service: DisturbedService): void {
    if (this.#entries.length >= ENTRIES_MAX) return;
    this.#entries.push({ kind, what, service, atWallMs: this.#wallNowMs(), lastedMs: 0 });
  }

  #resumed(name: string): void {
    const index = this.#paused.get(name);
    const entry = index === undefined ? undefined : this.#entries[index];
    if (index === undefined || entry === undefined) return;
    this.#entries[index] = { ...entry, lastedMs: this.#wallNowMs() - entry.atWallMs };
    this.#paused.delete(name);
  }
}
