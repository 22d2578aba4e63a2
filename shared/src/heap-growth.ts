/**
 * How far the heap of a service may grow between two collections of all of it.
 *
 * V8 guesses by the speed of both and, with a bound on the heap, comes to a factor of 1.5. For
 * services that keep little and have much pass through them that is too eager: at 15,000 lines a
 * second the collector's heap (20 MB kept, 35 MB of buffers a second, which count as growth) was
 * collected two to three times a second, a third of its CPU; the processor's (50 MB kept) once a
 * second, a tenth of its CPU more than with 2.5. The bound (`--max-old-space-size`) holds as before.
 */
import { setFlagsFromString } from 'node:v8';

/** V8 takes it at any time: the next collection goes by it. */
export const GROWTH_FLAG = '--heap-growing-percent';

/** Lets the heap become `1 + percent / 100` times what lived in it after the last collection. */
export function letHeapGrow(percent: number): void {
  setFlagsFromString(`${GROWTH_FLAG}=${percent}`);
}
