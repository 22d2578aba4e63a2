import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MongoBulkWriteError, type BulkWriteResult, type Db } from 'mongodb';
import type { Alert } from '../core/alert.ts';
import { newEntry } from '../core/outbox.ts';
import { OutboxStore } from './outbox-store.ts';

const ENTRIES = ['old', 'new'].map((_id) => newEntry({ _id, createdAtMs: 1 } as Alert));

/** An outbox whose database has the first alert already, and does or does not journal the second. */
function storeOf(isJournaled: boolean): OutboxStore {
  const writeErrors = [{ code: 11000, index: 0 }] as never;
  const concernError = isJournaled ? undefined : { code: 91, errmsg: 'shutting down' };
  const result = { getWriteConcernError: () => concernError } as BulkWriteResult;
  const error = new MongoBulkWriteError({ message: 'E11000', code: 11000, writeErrors }, result);
  const collection = { insertMany: () => Promise.reject(error) };
  return new OutboxStore({ collection: () => collection } as unknown as Db, 1);
}

describe('OutboxStore.insert', () => {
  it('takes alerts that are there already for inserted', async () => {
    assert.deepEqual(await storeOf(true).insert(ENTRIES), new Set(['new']));
  });

  it('does not take for durable what the journal did not acknowledge', async () => {
    await assert.rejects(storeOf(false).insert(ENTRIES), MongoBulkWriteError);
  });
});
