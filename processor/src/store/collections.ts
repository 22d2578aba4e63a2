/** The collections that the processor writes, with the form of their documents. */
import type { Binary, Db } from 'mongodb';
import type { StoredMessage } from '../core/stored-message.ts';
import type { Guarded } from './guarded-upserts.ts';

/** Lines of one channel, stamped within the same ten seconds, that came between two cuts. */
export interface BucketDocument {
  /** `bucketKey`: serves de-duplication and the query by channel and time at once. */
  readonly _id: string;
  readonly channelId: string;
  readonly channelLogin: string;
  /** Of `channel.events`. */
  readonly partition: number;
  readonly messages: readonly StoredMessage[];
  /** Wall time at which the texts go. */
  readonly expireAt: Date;
}

/** A journaled batch of messages of one partition: when it was safe. For latency figures. */
export interface StoreAckDocument {
  readonly partition: number;
  readonly fromOffset: number;
  /** Inclusive. */
  readonly toOffset: number;
  /** Wall time, epoch milliseconds. */
  readonly ackedAtMs: number;
  readonly expireAt: Date;
}

export interface SnapshotHead {
  /** Group, topic and partition. */
  readonly _id: string;
  readonly epoch: number;
  /** 0 before the first snapshot. */
  readonly nextOffset: number;
  /** Absent before the first snapshot, as are the parts. */
  readonly savedAtMs?: number;
  readonly parts?: readonly { name: string; mark: string | null; ids: readonly string[] }[];
}

export interface SnapshotPart {
  readonly _id: string;
  readonly bytes: Binary | Uint8Array;
}

export interface HeartbeatDocument {
  readonly _id: string;
  readonly stages: Record<string, number>;
  readonly expireAt: Date;
}

/** Every collection by its name in the database. */
export function collectionsOf(db: Db) {
  return {
    messageBuckets: db.collection<BucketDocument>('messageBuckets'),
    deletions: db.collection<Guarded>('deletions'),
    windows10s: db.collection<Guarded>('windows10s'),
    windows1m: db.collection<Guarded>('windows1m'),
    windows1h: db.collection<Guarded>('windows1h'),
    spikes: db.collection<Guarded>('spikes'),
    gaps: db.collection<Guarded>('gaps'),
    counters: db.collection<Guarded>('counters'),
    storeAcks: db.collection<StoreAckDocument>('storeAcks'),
    heartbeats: db.collection<HeartbeatDocument>('heartbeats'),
    snapshots: db.collection<SnapshotHead>('snapshots'),
    snapshotParts: db.collection<SnapshotPart>('snapshotParts'),
  };
}

export type Collections = ReturnType<typeof collectionsOf>;
