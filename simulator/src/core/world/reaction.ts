/** A crowd's reaction to a moment: the rate rises at once and dies away slowly. */
import type { SeededRandom } from '../seeded-random.ts';
import type { Phrase } from './phrases.ts';

export interface Reaction {
  readonly startMs: number;
  readonly riseMs: number;
  /** Time in which the excitement falls to 1/e. */
  readonly decayMs: number;
  /** Messages at the peak, as a multiple of the room's usual rate, on top of it. */
  readonly amplitude: number;
  /** What is written because of it. */
  readonly phrases: readonly Phrase[];
}

/** Excitement below this part of the peak is over. */
const FAINT = 0.02;

/** Extra messages at a moment, as a multiple of the usual rate. */
export function excitementAt(reaction: Reaction, atMs: number): number {
  const ageMs = atMs - reaction.startMs;
  if (ageMs < 0) return 0;
  if (ageMs < reaction.riseMs) return reaction.amplitude * (ageMs / reaction.riseMs);
  return reaction.amplitude * Math.exp(-(ageMs - reaction.riseMs) / reaction.decayMs);
}

export function isOver(reaction: Reaction, atMs: number): boolean {
  const sincePeakMs = atMs - reaction.startMs - reaction.riseMs;
  return sincePeakMs > reaction.decayMs * -Math.log(FAINT);
}

export function madeUpReaction(
  random: SeededRandom,
  startMs: number,
  phrases: readonly Phrase[],
): Reaction {
  return {
    startMs,
    riseMs: random.between(1_500, 5_000),
    decayMs: random.between(5_000, 18_000),
    amplitude: 3 + random.exponential(5),
    phrases,
  };
}
