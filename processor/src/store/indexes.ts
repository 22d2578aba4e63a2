/**
 * Every index beyond the keys, and what expires. There are few: the keys of messages and windows
 * begin with channel and time and so serve the queries themselves.
 */
import type { Collections } from './collections.ts';

const AT_ITS_DATE = { expireAfterSeconds: 0 } as const;

/** Creates what is missing. Safe to call from every process at every start. */
export async function createIndexes(collections: Collections): Promise<void> {
  await Promise.all([
    collections.messageBuckets.createIndex({ expireAt: 1 }, AT_ITS_DATE),
    collections.deletions.createIndex({ expireAt: 1 }, AT_ITS_DATE),
    collections.storeAcks.createIndex({ expireAt: 1 }, AT_ITS_DATE),
    collections.heartbeats.createIndex({ expireAt: 1 }, AT_ITS_DATE),
  ]);
}
