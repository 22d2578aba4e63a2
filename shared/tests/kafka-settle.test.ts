import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onceSettled } from '../src/kafka/kafkajs-settle.ts';

describe('onceSettled', () => {
  it('asks again after an error that is called retriable', async () => {
    let asked = 0;
    const answer = await onceSettled(() => {
      asked += 1;
      if (asked < 3) return Promise.reject(Object.assign(new Error('moving'), { retriable: true }));
      return Promise.resolve('ends');
    });
    assert.equal(answer, 'ends');
    assert.equal(asked, 3);
  });

  it('passes any other error on at once', async () => {
    let asked = 0;
    await assert.rejects(
      onceSettled(() => {
        asked += 1;
        return Promise.reject(new Error('no'));
      }),
    );
    assert.equal(asked, 1);
  });
});
