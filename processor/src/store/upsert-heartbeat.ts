/** Keeps the heartbeat with the times of its stages so far, for a day. */
import { JOURNALED } from '@crest/shared/mongo';
import type { Heartbeat } from '@crest/shared/records/heartbeat';
import type { Collections } from './collections.ts';

const KEPT_MS = 24 * 60 * 60 * 1000;

/** Resolves when it is in the journal; `nowMs` is wall time. */
export async function upsertHeartbeat(
  { heartbeats }: Pick<Collections, 'heartbeats'>,
  { id, stages }: Heartbeat,
  nowMs: number,
): Promise<void> {
  await heartbeats.replaceOne(
    { _id: id },
    { stages, expireAt: new Date(nowMs + KEPT_MS) },
    { upsert: true, writeConcern: JOURNALED },
  );
}
