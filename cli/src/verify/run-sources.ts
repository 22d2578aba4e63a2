/**
 * Where the judgement of a run gets its facts: the ledger, the log, the database and the inbox,
 * behind one port, so that hand-made runs are judged by the very same code.
 */
import type { Rule, Theme } from '@crest/shared/domain/rule';
import type { ConsumedRecord } from '@crest/shared/kafka/port';
import type { InboxEntry } from '@crest/simulator/inbox/inbox-entry';
import type { LedgerEntry } from '@crest/simulator/ledger/ledger-line';
import type { GapSpan } from '@crest/simulator/recount/gap-span';
import type { SpikeFacts } from './compare-spikes.ts';
import type { StoredWindow } from './compare-windows.ts';
import type { Difference } from './run-report.ts';

/** What is needed of one line in the store. */
export interface StoredMessage {
  readonly documentId: string;
  readonly messageId: string;
  /** Place in `channel.events` of the copy that was stored. */
  readonly partition: number;
  readonly offset: number;
}

/** One batch of messages that the store acknowledged as journaled. Offsets are inclusive. */
export interface StoreAck {
  readonly partition: number;
  readonly fromOffset: number;
  readonly toOffset: number;
  /** Wall time, epoch milliseconds. */
  readonly ackedAtMs: number;
}

/** What is needed of one document of `outbox`. */
export interface OutboxAlert {
  readonly alertId: string;
  readonly ruleId: string;
  readonly channelId: string;
  /** Epoch second of event time at which it fired. */
  readonly second: number;
  /** `email:ADDRESS`, `sms:PHONE` or `theme`. */
  readonly destination: string;
  /** Wall time at which the provider took it, epoch milliseconds; null where it did not. */
  readonly sentAtMs: number | null;
}

/** Collections that hold one document a window, and the one that holds ten seconds a document. */
export type WindowSpan = 1 | 10 | 60 | 3600;
export const WINDOW_SPANS: readonly WindowSpan[] = [1, 10, 60, 3600];

export interface RunSources {
  /** The entries of the ledger in the order written. */
  ledger(): AsyncIterable<LedgerEntry> | Iterable<LedgerEntry>;
  /** Every record of `channel.events`, each partition in the order of its offsets. */
  channelEvents(onRecord: (partition: number, record: ConsumedRecord) => void): Promise<void>;
  /** Documents of one room. */
  messages(roomId: string): AsyncIterable<StoredMessage> | Iterable<StoredMessage>;
  /** Documents of all rooms, also those that no run ever had. */
  messagesTotal(): Promise<number>;
  /** Windows of one room, every span; seconds and ten seconds come from the same documents. */
  windows(roomId: string): Promise<readonly StoredWindow[]>;
  /** Documents of windows in all rooms. */
  windowDocumentsTotal(): Promise<number>;
  /** Documents that `windows` has read so far. */
  windowDocumentsRead(): number;
  spikes(): Promise<readonly SpikeFacts[]>;
  gaps(): Promise<readonly GapSpan[]>;
  storeAcks(): Promise<readonly StoreAck[]>;
  rules(): Promise<readonly Rule[]>;
  themes(): Promise<readonly Theme[]>;
  outbox(): Promise<readonly OutboxAlert[]>;
  inbox(): AsyncIterable<InboxEntry> | Iterable<InboxEntry>;
  /** Documents and lines that could not be read so far. */
  unreadable(): readonly Difference[];
}
