import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guardedUpserts, type Guarded } from '../src/store/guarded-upserts.ts';
import { Stage } from './_util/stage.ts';

type Counted = Guarded & { readonly messages: number };

const counted = (_id: string, revision: number): Counted => ({ _id, revision, messages: revision });

async function revisions(stage: Stage): Promise<Record<string, number>> {
  const documents = await stage.collections.windows1m.find({}).toArray();
  return Object.fromEntries(documents.map(({ _id, revision }) => [_id, revision]));
}

describe('guardedUpserts', () => {
  it('inserts what is new and replaces only what is older', async () => {
    await using stage = await Stage.open('guarded', 1);
    const { windows1m } = stage.collections;
    await guardedUpserts(windows1m, [counted('older', 5), counted('newer', 9), counted('same', 7)]);
    const next = ['older', 'newer', 'same', 'new'].map((_id) => counted(_id, 7));
    await guardedUpserts(windows1m, next);
    assert.deepEqual(await revisions(stage), { older: 7, newer: 9, same: 7, new: 7 });
    assert.deepEqual(await windows1m.findOne({ _id: 'older' }), counted('older', 7));
  });

  it('keeps the highest of several revisions in one bulk, in whatever order', async () => {
    await using stage = await Stage.open('guarded', 1);
    const bulk = [counted('up', 1), counted('up', 2), counted('down', 2), counted('down', 1)];
    await guardedUpserts(stage.collections.windows1m, bulk);
    assert.deepEqual(await revisions(stage), { up: 2, down: 2 });
  });
});
