import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addToBucket, cutAll, type LineBucket } from '../src/core/line-buckets.ts';
import { storedMessageOf, type StoredMessage } from '../src/core/stored-message.ts';
import { insertBuckets, insertUnlessKnown } from '../src/store/insert-messages.ts';
import { createMessageView } from '../src/store/message-view.ts';
import { readMessages } from '../src/store/read-messages.ts';
import { message } from './_util/records.ts';
import { Stage } from './_util/stage.ts';

const START_MS = 1_790_000_000_000;
const RETENTION = { nowMs: Date.now(), textRetentionMs: 86_400_000 };
const CHANNEL = { channelId: '7', channelLogin: 'seven', partition: 0 };

function line(id: string, atMs: number, userId = '1'): StoredMessage {
  return storedMessageOf(message({ channelId: '7', id, atMs: START_MS + atMs, userId }), atMs);
}

function bucketsOf(lines: readonly StoredMessage[]): LineBucket[] {
  const open = new Map<string, LineBucket[]>();
  for (const each of lines) addToBucket(open, CHANNEL, each);
  return cutAll(open);
}

interface Shown {
  readonly channelId: string;
  readonly messageId: string;
  readonly expireAt?: Date;
}

async function idsBetween(stage: Stage, fromMs: number, toMs: number): Promise<string[]> {
  const span = { channelId: '7', fromMs: START_MS + fromMs, toMs: START_MS + toMs };
  const ids: string[] = [];
  for await (const { id } of readMessages(stage.collections, span)) ids.push(id);
  return ids;
}

describe('stored lines', () => {
  it('are found by span, and once however often their bucket is written', async () => {
    await using stage = await Stage.open('buckets', 1);
    const buckets = bucketsOf([line('a', 100), line('b', 9_999), line('c', 10_000)]);
    await insertBuckets(stage.collections, buckets, RETENTION);
    await insertBuckets(
      stage.collections,
      [...buckets, ...bucketsOf([line('d', 20_000)])],
      RETENTION,
    );
    assert.deepEqual(await idsBetween(stage, 0, 30_000), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await idsBetween(stage, 100, 10_000), ['a', 'b']);
    assert.deepEqual(await idsBetween(stage, 101, 9_999), []);
  });

  it('are not stored again when their id is forgotten, but when they are new', async () => {
    await using stage = await Stage.open('buckets', 1);
    await insertBuckets(stage.collections, bucketsOf([line('a', 100)]), RETENTION);
    for (const each of [line('a', 100), line('late', 100), line('late', 100)]) {
      await insertUnlessKnown(stage.collections, { ...CHANNEL, line: each }, RETENTION);
    }
    assert.deepEqual(await idsBetween(stage, 0, 1_000), ['a', 'late']);
  });

  it('are shown one by one, with what is usual filled in', async () => {
    await using stage = await Stage.open('buckets', 1);
    await createMessageView(stage.database.db);
    await insertBuckets(stage.collections, bucketsOf([line('a', 5)]), RETENTION);
    const [shown] = await stage.database.db.collection<Shown>('messages').find({}).toArray();
    const { expireAt: _, ...facts } = shown!;
    assert.deepEqual(facts, {
      _id: `7:${START_MS + 5}:a`,
      bucketId: `7:${START_MS}:000000000005`,
      ...CHANNEL,
      messageId: 'a',
      atMs: START_MS + 5,
      offset: 5,
      userId: '1',
      userLogin: 'user1',
      userName: 'User1',
      text: 'hello',
      notice: null,
      isAction: false,
      emotes: 0,
      bits: 0,
      mirroredFrom: null,
      replyTo: null,
    });
  });
});
