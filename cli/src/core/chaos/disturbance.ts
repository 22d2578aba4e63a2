/** What happened to the parts of a run, on purpose or not: what a judgement explains gaps and repeats by. */
import { z } from 'zod';

export const disturbance = z.object({
  /**
   * `kill`: SIGKILL on purpose. `crash`: it ended by itself. `roll`: stopped and started again.
   * `pause`: SIGSTOP. `cut`: connections cut. `fault`: the pretend Twitch did something.
   */
  kind: z.enum(['kill', 'crash', 'roll', 'pause', 'cut', 'fault']),
  /** The part, `processor-2`; of a cut the pair, `collector-kafka`; of a fault its name. */
  what: z.string(),
  /** Whom it befell; of a cut the one that connects. */
  service: z.enum(['collector', 'processor', 'alerter', 'simulator', 'kafka', 'mongodb']),
  /** When, wall epoch milliseconds. */
  atWallMs: z.int(),
  /** When, event time, epoch milliseconds. */
  atMs: z.int(),
  /** How long it was paused, wall milliseconds; 0 for what takes no time. */
  lastedMs: z.int(),
});

export type Disturbance = z.infer<typeof disturbance>;
export type DisturbedService = Disturbance['service'];

/** The service that a part of this name is a process of; null for one that is none of a run's. */
export function serviceOf(part: string): DisturbedService | null {
  const name = part.replace(/-\d+$/, '');
  if (name === 'database') return 'mongodb';
  const parsed = disturbance.shape.service.safeParse(name);
  return parsed.success ? parsed.data : null;
}
