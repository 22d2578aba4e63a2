import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CrestError } from '@crest/shared/errors';
import { SnapshotStore } from '../src/store/snapshot-store.ts';
import { Stage } from './_util/stage.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const AT = { nextOffset: 5, savedAtMs: 1 };

describe('SnapshotStore', () => {
  it('gives back what was saved, also what is larger than a document', async () => {
    await using stage = await Stage.open('snapshots');
    const store = await SnapshotStore.claim(stage.collections, 'group/topic/0');
    assert.deepEqual(await store.load(), { parts: null });
    const large = Buffer.alloc(9 * 1024 * 1024, 7);
    await store.save(AT, [
      { name: 'head', mark: null, bytes: bytes('h') },
      { name: 'large', mark: '1', bytes: large },
      { name: 'empty', mark: '0', bytes: bytes('') },
    ]);
    const next = await SnapshotStore.claim(stage.collections, 'group/topic/0');
    const { parts } = await next.load();
    assert.equal(Buffer.from(parts!.get('head')!).toString(), 'h');
    assert.ok(large.equals(parts!.get('large')!));
    assert.equal(parts!.get('empty')!.length, 0);
    assert.deepEqual(
      next.knownMarks(),
      new Map([
        ['large', '1'],
        ['empty', '0'],
      ]),
    );
  });

  it('keeps unchanged parts and removes what is no longer named', async () => {
    await using stage = await Stage.open('snapshots');
    const store = await SnapshotStore.claim(stage.collections, 'k');
    await store.save(AT, [
      { name: 'a', mark: '1', bytes: bytes('a1') },
      { name: 'b', mark: '1', bytes: bytes('b1') },
    ]);
    await store.save(AT, [
      { name: 'a', mark: '1', bytes: null },
      { name: 'b', mark: '2', bytes: bytes('b2') },
    ]);
    assert.equal(await stage.collections.snapshotParts.countDocuments({}), 2);
    const { parts } = await (await SnapshotStore.claim(stage.collections, 'k')).load();
    assert.equal(Buffer.from(parts!.get('a')!).toString(), 'a1');
    assert.equal(Buffer.from(parts!.get('b')!).toString(), 'b2');
  });

  it('fences an owner once another one has claimed', async () => {
    await using stage = await Stage.open('snapshots');
    const zombie = await SnapshotStore.claim(stage.collections, 'k');
    await zombie.save(AT, [{ name: 'a', mark: null, bytes: bytes('old') }]);
    const owner = await SnapshotStore.claim(stage.collections, 'k');
    await owner.save({ nextOffset: 9, savedAtMs: 2 }, [
      { name: 'a', mark: null, bytes: bytes('new') },
    ]);
    await assert.rejects(
      zombie.save(AT, [{ name: 'a', mark: null, bytes: bytes('zombie') }]),
      (error) => error instanceof CrestError && error.code === 'FENCED',
    );
    const { parts } = await (await SnapshotStore.claim(stage.collections, 'k')).load();
    assert.equal(Buffer.from(parts!.get('a')!).toString(), 'new');
    assert.equal(await stage.collections.snapshotParts.countDocuments({}), 1);
  });

  it('takes parts that a later owner removed for a sign of that owner, not for damage', async () => {
    await using stage = await Stage.open('snapshots');
    const parts = [{ name: 'a', mark: null, bytes: bytes('a') }];
    await (await SnapshotStore.claim(stage.collections, 'k')).save(AT, parts);
    const zombie = await SnapshotStore.claim(stage.collections, 'k');
    const owner = await SnapshotStore.claim(stage.collections, 'k');
    await owner.save({ nextOffset: 9, savedAtMs: 2 }, parts);
    await assert.rejects(
      zombie.load(),
      (error) => error instanceof CrestError && error.code === 'FENCED',
    );
    await stage.collections.snapshotParts.deleteMany({});
    const last = await SnapshotStore.claim(stage.collections, 'k');
    await assert.rejects(
      last.load(),
      (error) => error instanceof CrestError && error.code === 'SNAPSHOT_UNREADABLE',
    );
  });

  it('keeps the later one when an earlier save arrives after it', async () => {
    await using stage = await Stage.open('snapshots');
    const store = await SnapshotStore.claim(stage.collections, 'k');
    const same = await stage.collections.snapshots.findOne({ _id: 'k' });
    await store.save({ nextOffset: 9, savedAtMs: 2 }, [
      { name: 'a', mark: null, bytes: bytes('late') },
    ]);
    await assert.rejects(store.save(AT, [{ name: 'a', mark: null, bytes: bytes('early') }]));
    const next = await SnapshotStore.claim(stage.collections, 'k');
    assert.equal(Buffer.from((await next.load()).parts!.get('a')!).toString(), 'late');
    assert.equal(same?.nextOffset, 0);
  });

  it('removes what owners left behind that died between parts and head', async () => {
    await using stage = await Stage.open('snapshots');
    const orphan = { _id: 'k/1/9/a/0', bytes: bytes('orphan') };
    await stage.collections.snapshotParts.insertOne(orphan);
    await stage.collections.snapshotParts.insertOne({ ...orphan, _id: 'kk/1/9/a/0' });
    await (await SnapshotStore.claim(stage.collections, 'k')).removeOrphans();
    const left = await stage.collections.snapshotParts.find({}).toArray();
    assert.deepEqual(
      left.map(({ _id }) => _id),
      ['kk/1/9/a/0'],
    );
  });

  it('removes nothing of the owner that came after it', async () => {
    await using stage = await Stage.open('snapshots');
    const late = await SnapshotStore.claim(stage.collections, 'k');
    const owner = await SnapshotStore.claim(stage.collections, 'k');
    await owner.save(AT, [{ name: 'a', mark: null, bytes: bytes('kept') }]);
    await late.removeOrphans();
    const { parts } = await (await SnapshotStore.claim(stage.collections, 'k')).load();
    assert.equal(Buffer.from(parts!.get('a')!).toString(), 'kept');
  });
});
