/**
 * Sorts what is to be sent at once by partition, and cuts it so that a broker takes it: all that
 * goes to one partition in one request is one batch, and a broker refuses a batch over
 * `message.max.bytes` (1 MiB by default) for good, however often it is sent again.
 */
import type { OutgoingRecord } from './port.ts';

/** Of one partition in one request; the rest up to the broker's limit is the batch's own header. */
export const BATCH_BYTES_MAX = 1_000_000;
/** Lengths, offset, time and attributes of a record are never longer. */
const RECORD_OVERHEAD_BYTES = 40;
/** UTF-8 takes no more for a UTF-16 code unit; counting exactly would read every text twice. */
const BYTES_PER_CHARACTER_MAX = 3;

/** Records of one partition, in their order: one batch. */
export interface PartitionSend {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutgoingRecord[];
}

/**
 * Divides the records into as few sends as possible in which no partition gets more than
 * `bytesMax`. The order of a partition is kept, within a send and from send to send. A record that
 * is larger by itself goes alone.
 */
export function groupSends(
  records: readonly OutgoingRecord[],
  bytesMax: number = BATCH_BYTES_MAX,
): PartitionSend[][] {
  const sends: PartitionSend[][] = [];
  const topics = new Map<string, Map<number, Filling>>();
  for (const record of records) {
    const filling = fillingOf(topics, record);
    const bytes = bytesMaxOf(record);
    if (filling.send === undefined || filling.bytes + bytes > bytesMax) {
      const { topic, partition } = record;
      filling.send = { topic, partition, records: [] };
      filling.bytes = 0;
      (sends[filling.sends] ??= []).push(filling.send);
      filling.sends += 1;
    }
    filling.send.records.push(record);
    filling.bytes += bytes;
  }
  return sends;
}

/** How far a partition has got: the last of its sends, and their number. */
interface Filling {
  send: PartitionSend | undefined;
  bytes: number;
  sends: number;
}

function fillingOf(
  topics: Map<string, Map<number, Filling>>,
  { topic, partition }: OutgoingRecord,
): Filling {
  let partitions = topics.get(topic);
  if (partitions === undefined) topics.set(topic, (partitions = new Map<number, Filling>()));
  let filling = partitions.get(partition);
  if (filling === undefined) {
    partitions.set(partition, (filling = { send: undefined, bytes: 0, sends: 0 }));
  }
  return filling;
}

function bytesMaxOf({ key, value }: OutgoingRecord): number {
  return RECORD_OVERHEAD_BYTES + partBytesMax(key) + partBytesMax(value);
}

function partBytesMax(part: string | Buffer | null): number {
  if (part === null) return 0;
  return typeof part === 'string' ? part.length * BYTES_PER_CHARACTER_MAX : part.length;
}
