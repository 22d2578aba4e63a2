import { MemoryCluster } from '../src/kafka/memory.ts';
import { describeKafkaPort } from './kafka-conformance.ts';

const kafka = new MemoryCluster();
let names = 0;

describeKafkaPort('in memory', () => ({
  kafka,
  uniqueName: (stem) => `${stem}-${(names += 1)}`,
}));
