/** Whether the servers that a service stands on answer: the same words in every readiness. */
import { SILENT_AFTER_MS, type GroupConsumer } from './kafka/port.ts';
import type { Database } from './mongo.ts';

/** Each is missing until the start got so far. */
export interface StandsOn {
  readonly consumer?: Pick<GroupConsumer, 'silentMs'> | undefined;
  readonly database?: Pick<Database, 'isAnswering'> | undefined;
}

/** Names the servers that do not answer; none when all do. */
export function silentServers({ consumer, database }: StandsOn): string[] {
  const isSilent = (consumer?.silentMs() ?? 0) > SILENT_AFTER_MS;
  return [
    ...(isSilent ? ['Kafka does not answer'] : []),
    ...(database?.isAnswering() === false ? ['MongoDB does not answer'] : []),
  ];
}
