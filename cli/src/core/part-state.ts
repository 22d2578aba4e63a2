/**
 * States of a part of the system, which only the supervisor changes:
 * - `waiting`: not started yet.
 * - `starting`: its process is being started; not ready.
 * - `up`: it was ready. Left when its process ends.
 * - `paused`: up, but stopped by SIGSTOP until `resume`.
 * - `held`: killed by `hold`; not started before `release`.
 * - `backing-off`: it ended by itself and waits for its next start.
 * - `stopping`: it was told to stop.
 * - `down`: stopped on purpose. Final.
 * - `failed`: it does not come up any more (`restart-policy.ts`). Final; `failed` settles.
 */
export type PartState =
  | 'waiting'
  | 'starting'
  | 'up'
  | 'paused'
  | 'held'
  | 'backing-off'
  | 'stopping'
  | 'down'
  | 'failed';
