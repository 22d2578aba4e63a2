/**
 * What moderators removed, as facts of their own: a bucket is never rewritten for it. Looking for
 * the lines of a banned user in ten minutes of a busy channel cost the database an eighth of a
 * second, for each ban (docs/adr/0015).
 */
import type { DeletionFact } from '../core/fold-effects.ts';
import type { Guarded } from './guarded-upserts.ts';

const STAMP_DIGITS = 13;

export interface DeletionDocument extends Guarded {
  readonly channelId: string;
  readonly channelLogin: string;
  /** Event time of the removal, epoch milliseconds: lines stamped later stand. */
  readonly atMs: number;
  readonly scope: 'message' | 'user' | 'room';
  readonly targetMessageId: string | null;
  readonly targetUserId: string | null;
  /** Wall time at which it goes, no earlier than the lines that it speaks of. */
  readonly expireAt: Date;
}

/** A removal, under its channel and time, so that those of a span are one range of keys. */
export function deletionDocument(fact: DeletionFact, expireAt: Date): DeletionDocument {
  const { channelId, channelLogin, id, atMs, scope, targetMessageId, targetUserId } = fact;
  return {
    _id: `${channelId}:${String(atMs).padStart(STAMP_DIGITS, '0')}:${id}`,
    channelId,
    channelLogin,
    atMs,
    scope,
    targetMessageId,
    targetUserId,
    revision: fact.revision,
    expireAt,
  };
}
