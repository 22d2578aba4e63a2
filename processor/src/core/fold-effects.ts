/** What folding records leads to: facts for the edge to send and to store, in the order found. */
import type { ChatDeletion } from '@crest/shared/records/chat-deletion';
import type { Heartbeat } from '@crest/shared/records/heartbeat';
import type { SpikeFound } from '@crest/shared/records/spike-found';
import type {
  WatermarkMoved,
  Window,
  WindowSpanSeconds,
  WindowsUpdated,
} from '@crest/shared/records/windows-updated';
import type { LineBucket } from './line-buckets.ts';
import type { StoredMessage } from './stored-message.ts';

/** A ten-second window with its seconds, as the store keeps them; null for an empty second. */
export interface StoredTen {
  readonly window: Window;
  readonly seconds: readonly (Window | null)[];
  /** Observed share of each second, empty or not. */
  readonly secondShares: readonly number[];
}

/** Final windows of a channel for the store. */
export interface FinalWindows {
  readonly channelId: string;
  readonly channelLogin: string;
  readonly revision: number;
  readonly tens: readonly StoredTen[];
  /** Of one minute and one hour. */
  readonly larger: readonly Window[];
}

/** A closed window that has to be counted again from the stored messages. */
export interface WindowToRecount {
  readonly channelId: string;
  readonly channelLogin: string;
  /** 10 stands for the window and its ten seconds. */
  readonly spanSeconds: Exclude<WindowSpanSeconds, 1>;
  readonly startMs: number;
  readonly revision: number;
  readonly watermarkMs: number;
  readonly observedShare: number;
  /** Of each second, for a span of 10; empty otherwise. */
  readonly secondShares: readonly number[];
}

export interface GapFact {
  /** Where the gap first began: with the channel its identity. */
  readonly idMs: number;
  readonly channelId: string;
  readonly channelLogin: string;
  readonly fromMs: number;
  /** Null while it lasts; `fromMs` for one that turned out to be none. */
  readonly toMs: number | null;
  readonly reason: string;
  readonly readerSets: readonly string[];
  readonly revision: number;
}

export interface CounterFact {
  readonly counterId: string;
  readonly phrase: string;
  readonly partition: number;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly revision: number;
}

/** What a moderator removed, with the offset that says so. */
export type DeletionFact = ChatDeletion & { readonly revision: number };

/** Goes to Kafka, in this order. */
export type OutgoingFact = WindowsUpdated | WatermarkMoved | SpikeFound;

/** A line that may be a repeat from beyond the horizon: only the store can tell. */
export interface UnsureLine {
  readonly channelId: string;
  readonly channelLogin: string;
  readonly partition: number;
  readonly line: StoredMessage;
}

export interface FoldEffects {
  /** Lines of chat for the store. */
  readonly buckets: LineBucket[];
  /** Lines that the store may have already: their ids are long forgotten. */
  readonly unsure: UnsureLine[];
  readonly outgoing: OutgoingFact[];
  readonly finals: FinalWindows[];
  readonly recounts: WindowToRecount[];
  readonly spikes: SpikeFound[];
  readonly gaps: GapFact[];
  readonly counters: CounterFact[];
  readonly deletions: DeletionFact[];
  readonly heartbeats: Heartbeat[];
  /** Repeats that were dropped. */
  repeated: number;
  /** Lines behind the watermark, whose second was closed. */
  late: number;
}

/** Effects of nothing yet. */
export function createEffects(): FoldEffects {
  return {
    buckets: [],
    unsure: [],
    outgoing: [],
    finals: [],
    recounts: [],
    spikes: [],
    gaps: [],
    counters: [],
    deletions: [],
    heartbeats: [],
    repeated: 0,
    late: 0,
  };
}
