/** A part of the system, and what becomes of it. */
import type { PartState } from '../core/part-state.ts';
import type { ServerProcess } from '../servers/server-process.ts';

/** A part of the system, and how one more process of it is started. */
export interface Part {
  readonly name: string;
  /** Starts a process and waits until it is ready. Rejects with nothing left running. */
  readonly start: (signal: AbortSignal) => Promise<ServerProcess>;
  /** What it knows dies with it (the pretend Twitch): when it ends, the run has failed. */
  readonly irreplaceable?: true;
  /**
   * Parts without which it does not come up: it is not started again before they are up. Its own
   * starts would fail meanwhile, and after a few the run would be given up.
   */
  readonly needs?: readonly string[];
  /** So often its first start is tried before that is an error. Default 1. */
  readonly firstStartsMax?: number;
}

export interface PartStatus {
  readonly name: string;
  readonly state: PartState;
  readonly pid: number | null;
  readonly restarts: number;
  /** Ends by a crash or an ordered kill: restarts less those of a roll. */
  readonly kills: number;
}

/** What a supervisor tells those who watch. */
export type PartEvent =
  | { readonly kind: 'up'; readonly name: string; readonly pid: number; readonly tookMs: number }
  | {
      readonly kind: 'ended';
      readonly name: string;
      readonly how: string;
      readonly waitMs: number;
      /** False where it was never up, this time. */
      readonly wasUp: boolean;
      /** How it was ended on purpose; null where it ended by itself. */
      readonly ordered: 'kill' | 'roll' | null;
    }
  | { readonly kind: 'paused' | 'resumed'; readonly name: string }
  | { readonly kind: 'failed'; readonly name: string; readonly reason: string };
