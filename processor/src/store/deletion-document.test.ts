import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeletionFact } from '../core/fold-effects.ts';
import { deletionDocument } from './deletion-document.ts';

const FACT: DeletionFact = {
  type: 'chat.deletion',
  version: 1,
  channelId: '7',
  channelLogin: 'seven',
  id: 'deletion.user:7:2:999',
  atMs: 999,
  scope: 'user',
  targetMessageId: null,
  targetUserId: '2',
  targetUserLogin: 'two',
  timeoutSeconds: 600,
  revision: 12,
};

describe('deletionDocument', () => {
  it('stands under channel, time and id, so that a span is one range of keys', () => {
    const { _id } = deletionDocument(FACT, new Date(5));
    assert.equal(_id, '7:0000000000999:deletion.user:7:2:999');
  });

  it('says what was removed, and nothing of who else was in the record', () => {
    const { _id: _, ...rest } = deletionDocument(FACT, new Date(5));
    assert.deepEqual(rest, {
      channelId: '7',
      channelLogin: 'seven',
      atMs: 999,
      scope: 'user',
      targetMessageId: null,
      targetUserId: '2',
      revision: 12,
      expireAt: new Date(5),
    });
  });
});
