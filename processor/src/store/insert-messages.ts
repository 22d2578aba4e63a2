/** Inserts lines of chat: a line that is there already is a success, so repeats do no harm. */
import { MongoBulkWriteError } from 'mongodb';
import { isDuplicateKey, JOURNALED } from '@crest/shared/mongo';
import type { StoredMessage } from '../core/stored-message.ts';
import type { Collections, StoreAckDocument } from './collections.ts';

export interface Retention {
  /** Wall time now, epoch milliseconds. */
  readonly nowMs: number;
  readonly textRetentionMs: number;
}

/** Resolves when every line is in the journal. */
export async function insertMessages(
  { messages }: Pick<Collections, 'messages'>,
  lines: readonly StoredMessage[],
  { nowMs, textRetentionMs }: Retention,
): Promise<void> {
  const expireAt = new Date(nowMs + textRetentionMs);
  const documents = lines.map((line) => ({ ...line, expireAt }));
  try {
    await messages.insertMany(documents, { ordered: false, writeConcern: JOURNALED });
  } catch (error) {
    if (!onlyDuplicates(error)) throw error;
  }
}

/** True when all that went wrong is that documents were there already. */
export function onlyDuplicates(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return isDuplicateKey(error);
  const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  return errors.length > 0 && errors.every(isDuplicateKey) && noConcernError(error);
}

/** Notes, without waiting for the journal, when which offsets of each partition were safe. */
export async function insertStoreAcks(
  { storeAcks }: Pick<Collections, 'storeAcks'>,
  lines: readonly StoredMessage[],
  { nowMs, textRetentionMs }: Retention,
): Promise<void> {
  const spans = new Map<number, StoreAckDocument>();
  const expireAt = new Date(nowMs + textRetentionMs);
  for (const { partition, offset } of lines) {
    const { fromOffset = offset, toOffset = offset } = spans.get(partition) ?? {};
    spans.set(partition, {
      partition,
      fromOffset: Math.min(fromOffset, offset),
      toOffset: Math.max(toOffset, offset),
      ackedAtMs: nowMs,
      expireAt,
    });
  }
  const documents = [...spans.values()];
  if (documents.length > 0) await storeAcks.insertMany(documents, { writeConcern: { w: 1 } });
}

// A document that was there is fine; a journal that did not answer is not.
function noConcernError(error: MongoBulkWriteError): boolean {
  return error.result.getWriteConcernError() === undefined;
}
