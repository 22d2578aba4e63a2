import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import kafkajs from 'kafkajs';
import { Revival } from './kafkajs-revival.ts';

// The client's types know nothing of the message that its constructor needs.
const noCoordinator = Object.assign(new Error('no broker answers'), {
  name: 'KafkaJSGroupCoordinatorNotFound',
  retriable: false,
});
const refused = new kafkajs.KafkaJSProtocolError(
  Object.assign(new Error('other protocol'), { retriable: false }),
);

/** A member whose start fails so many times. */
function memberOf({ failures, hasJoined = true }: { failures: number; hasJoined?: boolean }) {
  const starts: number[] = [];
  const running = Promise.withResolvers<undefined>();
  const revival: Revival = new Revival({
    start: () => {
      starts.push(starts.length);
      if (starts.length <= failures) return Promise.reject(new Error('away'));
      running.resolve(undefined);
      return Promise.resolve();
    },
    hasJoined: () => hasJoined,
    sleep: () => Promise.resolve(),
  });
  return { revival, starts, running: running.promise };
}

describe('Revival', () => {
  it('brings a member back that had joined, however often it takes', async () => {
    const { revival, starts, running } = memberOf({ failures: 30 });
    assert.equal(revival.begins(noCoordinator), true);
    await running;
    assert.equal(starts.length, 31);
  });

  it('leaves it to the caller where the group was never joined', () => {
    const { revival, starts } = memberOf({ failures: 0, hasJoined: false });
    assert.equal(revival.begins(noCoordinator), false);
    assert.equal(starts.length, 0);
  });

  it('takes what a broker refuses for final', () => {
    const { revival } = memberOf({ failures: 0 });
    assert.equal(revival.begins(refused), false);
  });

  it('starts nothing any more once it is stopped', async () => {
    const { revival, starts } = memberOf({ failures: 1_000 });
    revival.stop();
    assert.equal(revival.begins(noCoordinator), true);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(starts.length, 0);
  });
});
