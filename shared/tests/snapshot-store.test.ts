import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Collection } from 'mongodb';
import { openDatabase, type Database } from '../src/mongo.ts';
import { SnapshotStore, type SnapshotDocument } from '../src/snapshots/snapshot-store.ts';
import { testMongoUrl, uniqueName } from '../src/testing/test-servers.ts';

const OFFSETS = new Map([
  ['channel.windows', 12],
  ['channel.spikes', 3],
]);

describe('SnapshotStore', () => {
  let database: Database;
  let documents: Collection<SnapshotDocument>;
  let store: SnapshotStore;

  before(async () => {
    database = await openDatabase({ url: testMongoUrl(), database: uniqueName('snapshots') });
    documents = database.db.collection<SnapshotDocument>('snapshots');
    store = new SnapshotStore(documents);
  });

  after(async () => {
    await database.db.dropDatabase();
    await database.close();
  });

  it('has nothing for a partition that was never saved', async () => {
    const acquired = await store.acquire('empty');
    assert.deepEqual(acquired, { epoch: 1, saved: { kind: 'none' } });
  });

  for (const [name, bytes] of [
    ['nothing', 0],
    ['a little', 100],
    ['more than a chunk', 9 * 1024 * 1024],
  ] as const) {
    it(`gives back ${name}, with its offsets`, async () => {
      const body = randomBytes(bytes);
      const id = `back-${bytes}`;
      const { epoch } = await store.acquire(id);
      await store.save(id, epoch, { nextOffsets: OFFSETS, body }, 1);
      const { saved } = await store.acquire(id);
      assert.ok(saved.kind === 'whole');
      assert.deepEqual(saved.nextOffsets, OFFSETS);
      assert.ok(body.equals(saved.body));
    });
  }

  it('keeps the last save only', async () => {
    const { epoch } = await store.acquire('last');
    for (const text of ['one', 'two', 'three']) {
      const body = Buffer.from(text);
      await store.save('last', epoch, { nextOffsets: OFFSETS, body }, 1);
    }
    assert.equal(await bodyOf('last'), 'three');
    assert.equal(await chunksOf('last'), 1);
  });

  it('refuses a process that lost the partition, and keeps what its successor saved', async () => {
    const zombie = await store.acquire('fenced');
    const successor = await store.acquire('fenced');
    const save = (epoch: number, text: string): Promise<void> =>
      store.save('fenced', epoch, { nextOffsets: OFFSETS, body: Buffer.from(text) }, 1);
    await save(successor.epoch, 'new');
    await assert.rejects(save(zombie.epoch, 'old'), { code: 'FENCED' });
    assert.equal(await bodyOf('fenced'), 'new');
    assert.equal(await chunksOf('fenced'), 1);
  });

  it('removes what a killed save left behind when the partition is next acquired', async () => {
    const { epoch } = await store.acquire('orphans');
    const body = Buffer.from('kept');
    await store.save('orphans', epoch, { nextOffsets: OFFSETS, body }, 1);
    await documents.insertOne({
      _id: 'orphans#1.9.9#0',
      kind: 'chunk',
      body: body as never,
    });
    assert.equal(await bodyOf('orphans'), 'kept');
    assert.equal(await chunksOf('orphans'), 1);
  });

  it('removes nothing of its successor when it wakes up late', async () => {
    const kept = { nextOffsets: OFFSETS, body: Buffer.from('kept') };
    const paused = Object.create(documents) as Collection<SnapshotDocument>;
    const raiseEpoch = documents.findOneAndUpdate.bind(documents);
    paused.findOneAndUpdate = (async (...args: Parameters<typeof raiseEpoch>) => {
      const head = await raiseEpoch(...args);
      const { epoch } = await store.acquire('late');
      await store.save('late', epoch, kept, 1);
      return head;
    }) as never;
    await new SnapshotStore(paused).acquire('late');
    assert.equal(await bodyOf('late'), 'kept');
  });

  it('says so when a chunk is damaged', async () => {
    const { epoch } = await store.acquire('damaged');
    await store.save('damaged', epoch, { nextOffsets: OFFSETS, body: Buffer.from('whole') }, 1);
    await documents.updateOne(
      { _id: { $gte: 'damaged#', $lt: 'damaged$' } },
      { $set: { body: Buffer.from('wrong') as never } },
    );
    const { saved } = await store.acquire('damaged');
    const reason = 'its checksum is wrong';
    assert.deepEqual(saved, { kind: 'damaged', nextOffsets: OFFSETS, reason });
  });

  it('says so when a chunk is missing, and saves over what is left', async () => {
    const first = await store.acquire('missing');
    const body = randomBytes(9 * 1024 * 1024);
    await store.save('missing', first.epoch, { nextOffsets: OFFSETS, body }, 1);
    await documents.deleteOne({ _id: { $regex: /^missing#.*#1$/ } });
    const { saved, epoch } = await store.acquire('missing');
    const reason = 'chunk 1 of 3 is missing';
    assert.deepEqual(saved, { kind: 'damaged', nextOffsets: OFFSETS, reason });
    const next = { nextOffsets: OFFSETS, body: Buffer.from('anew') };
    await store.save('missing', epoch, next, 2);
    assert.equal(await bodyOf('missing'), 'anew');
    assert.equal(await chunksOf('missing'), 1);
  });

  async function bodyOf(id: string): Promise<string> {
    const { saved } = await store.acquire(id);
    return saved.kind === 'whole' ? Buffer.from(saved.body).toString() : saved.kind;
  }

  async function chunksOf(id: string): Promise<number> {
    return documents.countDocuments({ _id: { $gte: `${id}#`, $lt: `${id}$` } });
  }
});
