import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CrestError } from '@crest/shared/errors';
import type { GroupConsumer, GroupConsumerOptions, Kafka } from '@crest/shared/kafka/port';
import { topicNames } from '@crest/shared/topics';
import { WantedReader, type WantedListener } from './wanted-reader.ts';

const GROUP = 'collectors';

/** A cluster whose group of one member refuses so many joins; `joins` are those that it took. */
function clusterThatRefuses(watchers: number): { kafka: Kafka; joins: GroupConsumerOptions[] } {
  const joins: GroupConsumerOptions[] = [];
  let refusals = watchers;
  const kafka = {
    admin: async () => ({ close: async () => undefined }),
    consumer: async (options: GroupConsumerOptions) => {
      if (options.groupId !== GROUP && refusals > 0) {
        refusals -= 1;
        throw new CrestError('KAFKA_UNAVAILABLE', 'not now');
      }
      joins.push(options);
      return { close: async () => undefined } as GroupConsumer;
    },
  };
  return { kafka: kafka as unknown as Kafka, joins };
}

function readerOf(kafka: Kafka, onFailed: (error: Error) => void): WantedReader {
  return new WantedReader({
    kafka,
    groupId: GROUP,
    topics: topicNames(''),
    readerSet: 'a',
    listener: { onFailed } as WantedListener,
    put: () => undefined,
    partitionOf: () => 0,
    handOverMs: 1,
    nowMs: () => 0,
    random: () => 0,
  });
}

describe(WantedReader.name, () => {
  it('joins the group once, however often the other one has to be tried', async () => {
    const { kafka, joins } = clusterThatRefuses(2);
    const reader = readerOf(kafka, assert.ifError);
    await assert.rejects(reader.start());
    await assert.rejects(reader.start());
    assert.notEqual(reader.notReady(), null);
    await reader.start();
    assert.equal(reader.notReady(), null);
    assert.deepEqual(joins.filter(({ groupId }) => groupId === GROUP).length, 1);
    await reader.stop();
  });

  it('tells of a membership that ends for good while the other group is still tried', async () => {
    const { kafka, joins } = clusterThatRefuses(1);
    const failures: string[] = [];
    const reader = readerOf(kafka, ({ message }) => failures.push(message));
    await assert.rejects(reader.start());
    joins[0]?.onFailed(new Error('refused for good'));
    assert.deepEqual(failures, ['refused for good']);
    await reader.stop();
  });
});
