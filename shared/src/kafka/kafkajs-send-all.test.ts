import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PartitionSend } from './group-sends.ts';
import { sendAll, type Answer } from './kafkajs-send-all.ts';

const PARTS: PartitionSend[] = [0, 1, 2].map((partition) => ({
  topic: 't',
  partition,
  records: [],
}));

function answerTo(parts: readonly PartitionSend[]): Answer[] {
  return parts.map(({ topic, partition }) => ({ topicName: topic, partition }));
}

describe(sendAll.name, () => {
  it('is done when every partition was answered for', async () => {
    let posts = 0;
    await sendAll(PARTS, (parts) => {
      posts += 1;
      return Promise.resolve(answerTo(parts));
    });
    assert.equal(posts, 1);
  });

  it('sends again what the client left out, and nothing else', async () => {
    const posted: number[][] = [];
    await sendAll(PARTS, (parts) => {
      posted.push(parts.map(({ partition }) => partition));
      const isFirst = posted.length === 1;
      return Promise.resolve(answerTo(isFirst ? parts.slice(0, 2) : parts));
    });
    assert.deepEqual(posted, [[0, 1, 2], [2]]);
  });

  it('does not take another topic for an answer', async () => {
    const other = PARTS.map(({ partition }) => ({ topicName: 'u', partition }));
    await assert.rejects(
      sendAll(PARTS, () => Promise.resolve(other)),
      { code: 'KAFKA_UNAVAILABLE' },
    );
  });

  it('passes on what the client throws', async () => {
    const error = new Error('away');
    await assert.rejects(
      sendAll(PARTS, () => Promise.reject(error)),
      error,
    );
  });
});
