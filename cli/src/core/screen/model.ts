/** What the live screen shows, as plain data: gathered by edges, drawn by `render.ts`. */
import type { PartState } from '../part-state.ts';

export interface ScreenModel {
  /** One sentence for somebody who has never seen this. */
  readonly about: string;
  readonly state: 'setting up' | 'starting' | 'running' | 'finishing' | 'checking' | 'stopping';
  readonly elapsedMs: number;
  /** What is being fetched, built or waited for; null for nothing. */
  readonly activity: string | null;
  readonly links: readonly { readonly label: string; readonly url: string }[];
  readonly parts: readonly ScreenPart[];
  readonly flow: Flow | null;
  /** The newest first. */
  readonly spikes: readonly ScreenSpike[];
  /** The newest first. */
  readonly alerts: readonly ScreenAlert[];
  /** How far a replay is; null where there is no end. */
  readonly replay: { readonly done: number; readonly leftMs: number } | null;
  /** What happened to parts, the newest last. */
  readonly notices: readonly string[];
}

export interface ScreenPart {
  readonly name: string;
  readonly state: PartState;
  readonly pid: number | null;
  readonly restarts: number;
}

/** The figures of the flow; null where a part that knows it does not answer. */
export interface Flow {
  readonly messagesPerSecond: number | null;
  readonly sent: number | null;
  readonly stored: number | null;
  readonly lagRecords: number | null;
  /** Age of the oldest record not worked off, seconds. */
  readonly lagSeconds: number | null;
  readonly roomsJoined: number | null;
  readonly roomsWanted: number;
  readonly alertsSent: number | null;
  readonly gaps: number | null;
}

export interface ScreenSpike {
  readonly login: string;
  /** Event time of the peak. */
  readonly atMs: number;
  readonly score: number;
  /** Messages a second around the peak, the oldest first. */
  readonly perSecond: readonly number[];
}

export interface ScreenAlert {
  /** Wall time at which SNS took it. */
  readonly atMs: number;
  readonly kind: 'email' | 'sms';
  readonly to: string;
  readonly text: string;
}
