/** Lines in the order of their time, made only when they are taken. */
import type { ScheduledLine } from './scheduled-line.ts';

export interface Schedule {
  /** Offset of the next line; `Infinity` when there is none left. Never falls. */
  readonly nextMs: number;
  /** Takes the next line. @throws RangeError where there is none left. */
  take(): ScheduledLine;
}

/**
 * One schedule out of many, by a binary heap. Lines of the same millisecond come in the order of
 * the schedules given, so that a merge never depends on chance.
 */
export function mergeSchedules(schedules: readonly Schedule[]): Schedule {
  return new MergedSchedule(schedules);
}

class MergedSchedule implements Schedule {
  readonly #schedules: readonly Schedule[];
  /** Indices into `#schedules`, a heap by (nextMs, index); `#dueMs` caches each one's nextMs. */
  readonly #heap: number[];
  readonly #dueMs: Float64Array;

  constructor(schedules: readonly Schedule[]) {
    this.#schedules = schedules;
    this.#dueMs = Float64Array.from(schedules, (schedule) => schedule.nextMs);
    this.#heap = schedules.map((_, index) => index);
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at -= 1) this.#sink(at);
  }

  get nextMs(): number {
    const first = this.#heap[0];
    return first === undefined ? Infinity : (this.#dueMs[first] ?? Infinity);
  }

  take(): ScheduledLine {
    const first = this.#heap[0] ?? -1;
    const schedule = this.#schedules[first];
    if (schedule === undefined) throw new RangeError('the schedule is over');
    const line = schedule.take();
    this.#dueMs[first] = schedule.nextMs;
    this.#sink(0);
    return line;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const moved = heap[from] ?? 0;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1] ?? 0, heap[child] ?? 0))
        child += 1;
      const smallest = heap[child] ?? 0;
      if (!this.#before(smallest, moved)) break;
      heap[at] = smallest;
      at = child;
    }
    heap[at] = moved;
  }

  #before(one: number, other: number): boolean {
    const oneMs = this.#dueMs[one] ?? Infinity;
    const otherMs = this.#dueMs[other] ?? Infinity;
    return oneMs < otherMs || (oneMs === otherMs && one < other);
  }
}
