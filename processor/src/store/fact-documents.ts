/** Spikes, gaps and counters as the store keeps them. */
import type { SpikeFound } from '@crest/shared/records/spike-found';
import type { CounterFact, GapFact } from '../core/fold-effects.ts';
import type { Guarded } from './guarded-upserts.ts';

/** A spike, under its channel and its peak. */
export function spikeDocument({ type: _, version: __, ...facts }: SpikeFound): Guarded {
  return { _id: `${facts.channelId}:${facts.peakMs / 1000}`, ...facts };
}

/**
 * A gap, under its channel and where it first began: the key stays when the gap turns out to begin
 * later. One that turned out to be none ends where it begins.
 */
export function gapDocument({ idMs, ...facts }: GapFact): Guarded {
  return { _id: `${facts.channelId}:${idMs}`, ...facts };
}

/** From when to when a phrase is counted in one partition. */
export function counterDocument(facts: CounterFact): Guarded {
  return { _id: `${facts.partition}:${facts.counterId}:${facts.fromMs}`, ...facts };
}
