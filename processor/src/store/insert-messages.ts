/** Inserts lines of chat: a line that is there already is a success, so repeats do no harm. */
import type { StoredMessage } from '../core/stored-message.ts';
import type { Collections, StoreAckDocument } from './collections.ts';
import { insertNew } from './insert-new.ts';

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
  await insertNew(messages, documents);
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
