import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_GAUGES } from './metrics.ts';
import { reasonsNotReady, type ReadinessParts } from './readiness.ts';

const HEALTHY = {
  store: { isAnswering: () => true },
  writers: { failing: () => [] },
  desk: { isAssigned: true, gauges: () => NO_GAUGES },
  consumer: { silentMs: () => 200 },
} satisfies ReadinessParts;

describe('reasonsNotReady', () => {
  it('finds none where everything answers', () => {
    assert.deepEqual(reasonsNotReady(HEALTHY, 60), []);
  });

  it('waits for the group before anything is there', () => {
    assert.deepEqual(reasonsNotReady({}, 60), ['not in the consumer group yet']);
  });

  it('names a database that froze with its sockets open', () => {
    const parts = { ...HEALTHY, store: { isAnswering: () => false } };
    assert.deepEqual(reasonsNotReady(parts, 60), ['MongoDB does not answer']);
  });

  it('names brokers that say nothing, although nothing is to be written', () => {
    const parts = { ...HEALTHY, consumer: { silentMs: () => 5_001 } };
    assert.deepEqual(reasonsNotReady(parts, 60), ['Kafka does not answer']);
  });

  it('names what cannot be written, and how far behind it is', () => {
    const parts: ReadinessParts = {
      ...HEALTHY,
      writers: { failing: () => ['messages'] },
      desk: { isAssigned: true, gauges: () => ({ ...NO_GAUGES, lagSeconds: 61.4 }) },
    };
    assert.deepEqual(reasonsNotReady(parts, 60), [
      'cannot write to messages',
      '61 s behind the log',
    ]);
  });
});
