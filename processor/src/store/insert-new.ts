/**
 * Inserts documents and says which of them were there already: the cheap half of every idempotent
 * write. A bulk of inserts costs the database a tenth of a bulk of upserts, and nearly every
 * document is new: only after a crash or a hand-over do some come again.
 */
import {
  MongoBulkWriteError,
  type Collection,
  type OptionalUnlessRequiredId,
  type WriteError,
} from 'mongodb';
import { isDuplicateKey, JOURNALED } from '@crest/shared/mongo';

/**
 * Resolves when every document that was not there is in the journal; gives the indexes of those
 * that were there, whose contents may differ.
 */
export async function insertNew<T extends { readonly _id: string }>(
  collection: Collection<T>,
  documents: readonly T[],
): Promise<readonly number[]> {
  try {
    const items = documents as readonly OptionalUnlessRequiredId<T>[];
    await collection.insertMany([...items], { ordered: false, writeConcern: JOURNALED });
    return [];
  } catch (error) {
    if (!onlyDuplicates(error)) throw error;
    return writeErrorsOf(error).map(({ index }) => index);
  }
}

/** True when all that went wrong is that documents were there already. */
export function onlyDuplicates(error: unknown): error is MongoBulkWriteError {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const errors = writeErrorsOf(error);
  return errors.length > 0 && errors.every(isDuplicateKey) && noConcernError(error);
}

function writeErrorsOf({ writeErrors }: MongoBulkWriteError): readonly WriteError[] {
  return [writeErrors].flat();
}

// A document that was there is fine; a journal that did not answer is not.
function noConcernError(error: MongoBulkWriteError): boolean {
  return error.result.getWriteConcernError() === undefined;
}
