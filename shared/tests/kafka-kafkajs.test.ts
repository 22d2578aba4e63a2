import { createKafka } from '../src/kafka/kafkajs.ts';
import { createLogger } from '../src/logger.ts';
import { testKafkaBrokers, uniqueName } from '../src/testing/test-servers.ts';
import { describeKafkaPort } from './kafka-conformance.ts';

const kafka = createKafka({
  brokers: testKafkaBrokers().split(','),
  clientId: 'conformance',
  sessionTimeoutMs: 6_000,
  log: createLogger('conformance', 'silent'),
});

describeKafkaPort('kafkajs and a real broker', () => ({ kafka, uniqueName }));
