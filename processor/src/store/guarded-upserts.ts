/**
 * Upserts that never go back: a document is replaced only by one with a higher revision, so that
 * repeats and zombies change nothing. A lower or equal one meets its own key (error 11000), which
 * counts as success.
 */
import type { Collection } from 'mongodb';
import { JOURNALED } from '@crest/shared/mongo';
import { onlyDuplicates } from './insert-messages.ts';

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
  const operations = documents.map((document) => {
    const { _id, revision } = document;
    // `$lt` on a plain field beside `_id`: `$or` and `$expr` there scan the collection.
    const filter = { _id, revision: { $lt: revision } };
    return { replaceOne: { filter, replacement: document, upsert: true } };
  });
  try {
    await collection.bulkWrite(operations, { ordered: false, writeConcern: JOURNALED });
  } catch (error) {
    if (!onlyDuplicates(error)) throw error;
  }
}
