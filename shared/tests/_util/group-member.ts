/**
 * A member of a group as a process of its own, so that it can be killed: `group-member.ts INSTANCE
 * GROUP TOPIC`. Sends its parent the number of partitions that it holds, whenever it is given some.
 */
import { createKafka } from '../../src/kafka/kafkajs.ts';
import { createLogger } from '../../src/logger.ts';
import { testKafkaBrokers } from '../../src/testing/test-servers.ts';

const [instance = '', groupId = '', topic = ''] = process.argv.slice(2);
const kafka = createKafka({
  brokers: testKafkaBrokers().split(','),
  clientId: 'crest-test',
  instance,
  sessionTimeoutMs: 6_000,
  log: createLogger('member', 'silent'),
});
await kafka.consumer({
  groupId,
  topics: [topic],
  assignor: 'sticky',
  maxWaitMs: 50,
  fromStart: false,
  onAssigned: (held) => process.send?.(held.get(topic)?.length ?? 0),
  onBatch: () => Promise.resolve(),
  onFailed: (error) => {
    throw error;
  },
});
