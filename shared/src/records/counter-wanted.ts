/**
 * A phrase that somebody's rule wants counted, or no longer wants counted.
 *
 * Written to every partition of `channel.events`; a counter counts from the next whole second of
 * that partition's time on. `counterId` is `counterIdOf(phrase)`, so that equal phrases share one.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineRecord } from './record.ts';

export interface CounterWanted {
  type: 'counter.wanted';
  version: 1;
  counterId: string;
  /** Normalised by `normalisePhrase`. */
  phrase: string;
  action: 'start' | 'stop';
}

export const counterWanted = defineRecord<CounterWanted>(
  'counter.wanted',
  1,
  z.object({
    type: z.literal('counter.wanted'),
    version: z.literal(1),
    counterId: z.string().min(1),
    phrase: z.string().min(1),
    action: z.enum(['start', 'stop']),
  }),
);

/**
 * The form in which phrases and texts are compared: NFKC, lower case, white space folded to
 * single spaces and trimmed (docs/reference/semantics.md, Windows, Counters).
 */
export function normalisePhrase(text: string): string {
  return text.normalize('NFKC').toLowerCase().split(/\s+/u).filter(Boolean).join(' ');
}

/** The id of the counter of a phrase: 16 hexadecimal digits of its SHA-256. */
export function counterIdOf(phrase: string): string {
  return createHash('sha256').update(normalisePhrase(phrase)).digest('hex').slice(0, 16);
}
