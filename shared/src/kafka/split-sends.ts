/**
 * Cuts what is to be sent at once so that a broker takes it: the client makes one batch of all that
 * goes to one partition, and a broker refuses a batch over `message.max.bytes` (1 MiB by default)
 * for good, however often it is sent again.
 */
import type { OutgoingRecord } from './port.ts';

/** Of one partition in one request; the rest up to the broker's limit is the batch's own header. */
export const BATCH_BYTES_MAX = 1_000_000;
/** Lengths, offset, time and attributes of a record are never longer. */
const RECORD_OVERHEAD_BYTES = 40;

/**
 * Divides the records, in their order, into as few sends as possible in which no partition gets
 * more than `bytesMax`. A record that is larger by itself goes alone.
 */
export function splitSends(
  records: readonly OutgoingRecord[],
  bytesMax: number = BATCH_BYTES_MAX,
): OutgoingRecord[][] {
  const sends: OutgoingRecord[][] = [];
  let send: OutgoingRecord[] = [];
  let bytesByPartition = new Map<string, number>();
  for (const record of records) {
    const partition = `${record.topic}/${record.partition}`;
    const bytes = bytesOf(record);
    let sum = bytesByPartition.get(partition) ?? 0;
    if (sum > 0 && sum + bytes > bytesMax) {
      sends.push(send);
      send = [];
      bytesByPartition = new Map();
      sum = 0;
    }
    send.push(record);
    bytesByPartition.set(partition, sum + bytes);
  }
  if (send.length > 0) sends.push(send);
  return sends;
}

function bytesOf({ key, value }: OutgoingRecord): number {
  return RECORD_OVERHEAD_BYTES + Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '');
}
