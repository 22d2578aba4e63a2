import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { topicNames, TOPICS } from './topics.ts';

describe('TOPICS', () => {
  it('rolls segments hourly wherever chat text is kept, so that 24 h mean 24 h', () => {
    for (const { config } of Object.values(TOPICS)) {
      if (!('retention.ms' in config)) continue;
      assert.equal(config['retention.ms'], String(24 * 3_600_000));
      assert.equal(config['segment.ms'], String(3_600_000));
    }
  });

  it('has as many partitions of wanted channels as of their events: the keys are the same', () => {
    assert.equal(TOPICS.channelsWanted.partitions, TOPICS.channelEvents.partitions);
    assert.equal(TOPICS.channelsObserved.partitions, TOPICS.channelEvents.partitions);
  });
});

describe('topicNames', () => {
  it('puts the prefix before every name', () => {
    assert.equal(topicNames('blue.').channelEvents, 'blue.channel.events');
    assert.equal(new Set(Object.values(topicNames(''))).size, Object.keys(TOPICS).length);
  });
});
