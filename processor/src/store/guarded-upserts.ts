/**
 * Upserts that never go back: a document is replaced only by one with a higher revision, so that
 * repeats and zombies change nothing. A lower or equal one meets its own key (error 11000), which
 * counts as success.
 *
 * Two steps, because a window is mostly new: all are inserted, and only those that were there are
 * replaced under the guard (31 against 256 microseconds of the database's CPU for a document).
 */
import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { JOURNALED } from '@crest/shared/mongo';
import { insertNew, onlyDuplicates } from './insert-new.ts';

/** A document that carries the offset of the record that led to it. */
export interface Guarded {
  readonly _id: string;
  readonly revision: number;
}

/** Resolves when each document, or a newer one, is in the journal. */
export async function guardedUpserts(
  collection: Collection<Guarded>,
  documents: readonly Guarded[],
): Promise<void> {
  const known = await insertNew(collection, documents);
  const operations = known.flatMap((index) => replacementOf(documents[index]));
  if (operations.length === 0) return;
  try {
    await collection.bulkWrite(operations, { ordered: false, writeConcern: JOURNALED });
  } catch (error) {
    if (!onlyDuplicates(error)) throw error;
  }
}

function replacementOf(document: Guarded | undefined): AnyBulkWriteOperation<Guarded>[] {
  if (document === undefined) return [];
  const { _id, revision } = document;
  // `$lt` on a plain field beside `_id`: `$or` and `$expr` there scan the collection.
  const filter = { _id, revision: { $lt: revision } };
  return [{ replaceOne: { filter, replacement: document, upsert: true } }];
}
