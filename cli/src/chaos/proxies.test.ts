import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunSettings } from '../run/service-settings.ts';
import { Proxies } from './proxies.ts';

const RUN: RunSettings = {
  mode: 'world',
  runId: 'r',
  seed: 1,
  speed: 1,
  alerters: 1,
  eventClock: 'wall',
  replayDir: null,
  spanMs: null,
  brokers: '127.0.0.1:1,127.0.0.1:2',
  topicPrefix: '',
  partitions: 1,
  mongodbUrl: 'mongodb://127.0.0.1:3/?directConnection=true',
  database: 'd',
  ircUrl: 'ws://127.0.0.1:4',
  snsUrl: 'http://127.0.0.1:5',
  ledgerFile: 'l',
  inboxFile: 'i',
  simulator: null,
};

describe('Proxies', () => {
  it('tells each service the addresses of its own proxies, and of nobody else', async () => {
    const proxies = new Proxies([
      'processor-mongodb',
      'collector-kafka',
      'collector-twitch',
      'alerter-sns',
    ]);
    try {
      const brokers = [
        await proxies.open('collector-kafka', 1),
        await proxies.open('collector-kafka', 2),
      ];
      await proxies.openAll('mongodb', 3);
      await proxies.openAll('twitch', 4);
      await proxies.openAll('sns', 5);
      const [mongodb] = proxies.between('processor-mongodb');
      const [twitch] = proxies.between('collector-twitch');
      const [sns] = proxies.between('alerter-sns');
      assert.deepEqual(proxies.seenBy('collector', RUN), {
        ...RUN,
        brokers: brokers.map(({ port }) => `127.0.0.1:${port}`).join(','),
        ircUrl: `ws://127.0.0.1:${twitch?.port}`,
      });
      assert.deepEqual(proxies.seenBy('processor', RUN), {
        ...RUN,
        mongodbUrl: `mongodb://127.0.0.1:${mongodb?.port}/?directConnection=true`,
      });
      assert.deepEqual(proxies.seenBy('alerter', RUN), {
        ...RUN,
        snsUrl: `http://127.0.0.1:${sns?.port}`,
      });
      assert.deepEqual(proxies.seenBy('simulator', RUN), RUN);
    } finally {
      await proxies.close();
    }
  });

  it('says which pair has no proxy in this run', () => {
    assert.throws(() => new Proxies([]).cut('alerter-sns'), /alerter-sns does not go through/);
  });
});
