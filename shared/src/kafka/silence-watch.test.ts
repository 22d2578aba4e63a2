import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SilenceWatch } from './silence-watch.ts';

describe('SilenceWatch', () => {
  let silentMs: number;
  let brokersAnswer: boolean;
  let hung: number[];
  let watch: SilenceWatch;

  beforeEach(() => {
    [silentMs, brokersAnswer, hung] = [0, true, []];
    watch = new SilenceWatch({
      silentMs: () => silentMs,
      probe: () => (brokersAnswer ? Promise.resolve() : Promise.reject(new Error('away'))),
      onHung: (ms) => hung.push(ms),
    });
  });

  const lookOften = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) await watch.look();
  };

  it('gives up a member that hears nothing while the brokers answer others', async () => {
    silentMs = 60_000;
    await lookOften(2);
    assert.deepEqual(hung, []);
    await watch.look();
    assert.deepEqual(hung, [60_000]);
  });

  it('waits for as long as the brokers are away', async () => {
    silentMs = 3_600_000;
    brokersAnswer = false;
    await lookOften(20);
    assert.deepEqual(hung, []);
  });

  it('begins anew when the brokers were away in between', async () => {
    silentMs = 60_000;
    await lookOften(2);
    brokersAnswer = false;
    await watch.look();
    brokersAnswer = true;
    await lookOften(2);
    assert.deepEqual(hung, []);
  });

  it('begins anew when the member heard something in between', async () => {
    silentMs = 60_000;
    await lookOften(2);
    silentMs = 100;
    await watch.look();
    silentMs = 60_000;
    await lookOften(2);
    assert.deepEqual(hung, []);
  });
});
