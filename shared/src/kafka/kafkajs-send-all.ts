/**
 * Sends until every partition was answered for. kafkajs 2.2.4 keeps what came back by broker: when a
 * partition's leader moves between two of its tries to a broker that has answered already for
 * others, that partition is never sent, and its send resolves all the same
 * (`producer/sendMessages.js`, `brokersWithoutResponse`). A rolled broker cost 280 acknowledged
 * messages so.
 */
import { CrestError } from '../errors.ts';
import type { PartitionSend } from './group-sends.ts';

/** A partition that a broker answered for without an error. */
export interface Answer {
  readonly topicName: string;
  readonly partition: number;
}

/** A leader that moved moves on rarely; more than this is no moved leader. */
const ROUNDS_MAX = 5;

/** @throws CrestError KAFKA_UNAVAILABLE when some are left out again and again; what `post` throws. */
export async function sendAll(
  parts: readonly PartitionSend[],
  post: (parts: readonly PartitionSend[]) => Promise<readonly Answer[]>,
): Promise<void> {
  let left = parts;
  for (let round = 0; round < ROUNDS_MAX && left.length > 0; round += 1) {
    const answers = await post(left);
    const answered = new Set(
      answers.map(({ topicName, partition }) => `${topicName}/${partition}`),
    );
    left = left.filter(({ topic, partition }) => !answered.has(`${topic}/${partition}`));
  }
  if (left.length === 0) return;
  const names = left.map(({ topic, partition }) => `${topic}/${partition}`).join(', ');
  throw new CrestError('KAFKA_UNAVAILABLE', `no broker answered for ${names}`);
}
