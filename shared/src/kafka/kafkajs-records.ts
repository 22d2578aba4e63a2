/** What the client hands out as a batch, as records: read by us, or by the client where it had to. */
import type { Batch } from 'kafkajs';
import { fetchedSetOf } from './kafkajs-wire-patch.ts';
import type { ConsumedRecord } from './port.ts';
import { readRecords } from './record-set-reader.ts';

/** The records of a batch in the order of their offsets; none where compaction took them all. */
export function recordsOf(batch: Batch): ConsumedRecord[] {
  const fetched = fetchedSetOf(batch.messages);
  if (fetched !== undefined) return readRecords(fetched, fetchedOffsetOf(batch));
  return batch.messages.map(({ offset, key, value, timestamp }) => ({
    offset: Number(offset),
    key: key === null || key === undefined ? null : key.toString('utf8'),
    value,
    timestampMs: Number(timestamp),
  }));
}

/** The offset that was asked for; the client's types leave it out. */
function fetchedOffsetOf(batch: Batch): number {
  return Number((batch as Batch & { fetchedOffset: string }).fetchedOffset);
}
