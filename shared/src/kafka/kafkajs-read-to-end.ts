/** Reads whole partitions outside any lasting group: how state in compacted topics is loaded. */
import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka as Client } from 'kafkajs';
import { recordsOf } from './kafkajs-records.ts';
import { onceSettled } from './kafkajs-settle.ts';
import type { ConsumedRecord } from './port.ts';

export interface ReadToEnd {
  topic: string;
  partitions: readonly number[];
  onRecord: (partition: number, record: ConsumedRecord) => void;
}

/** Resolves when every partition was read up to the end that it had when reading began. */
export async function readToEnd(client: Client, read: ReadToEnd): Promise<void> {
  const pending = await endsOf(client, read);
  if (pending.size === 0) return;
  const done = Promise.withResolvers<undefined>();
  done.promise.catch(() => undefined);
  // A group of its own: alone in it, this member gets every partition, and nothing is committed.
  const consumer = client.consumer({
    groupId: `crest-read-${randomUUID()}`,
    maxWaitTimeInMs: 50,
    minBytes: 1,
    allowAutoTopicCreation: false,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [read.topic], fromBeginning: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) done.reject(payload.error);
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      skipOthers(consumer, read.topic, {
        held: payload.memberAssignment[read.topic] ?? [],
        pending,
      }),
    );
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 8,
      eachBatch: async (payload) => {
        deliver(payload, read, pending);
        if (pending.size === 0) done.resolve(undefined);
        await payload.heartbeat();
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
}

/** End offset by partition, for those that hold anything. */
async function endsOf(client: Client, read: ReadToEnd): Promise<Map<number, number>> {
  const admin = client.admin();
  await admin.connect();
  try {
    const offsets = await onceSettled(() => admin.fetchTopicOffsets(read.topic));
    const filled = offsets.filter(
      ({ partition, low, high }) =>
        read.partitions.includes(partition) && Number(high) > Number(low),
    );
    return new Map(filled.map(({ partition, high }) => [partition, Number(high)]));
  } finally {
    await admin.disconnect();
  }
}

function skipOthers(
  consumer: Consumer,
  topic: string,
  { held, pending }: { held: readonly number[]; pending: ReadonlyMap<number, number> },
): void {
  const others = held.filter((partition) => !pending.has(partition));
  if (others.length > 0) consumer.pause([{ topic, partitions: others }]);
}

function deliver(
  payload: EachBatchPayload,
  { onRecord }: ReadToEnd,
  pending: Map<number, number>,
): void {
  const { batch } = payload;
  const end = pending.get(batch.partition);
  if (end === undefined) return;
  for (const record of recordsOf(batch)) {
    if (record.offset >= end) break;
    onRecord(batch.partition, record);
  }
  // Compaction may have removed the last records: the batch's own end counts, empty or not.
  if (Number(batch.lastOffset()) + 1 >= end) pending.delete(batch.partition);
  payload.resolveOffset(batch.lastOffset());
}
