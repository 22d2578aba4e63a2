/** Reads the next records of one segment. */
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import type { Segment } from './recover-segments.ts';
import type { SpoolFiles } from './spool-files.ts';
import { segmentName, type SpoolPosition } from './spool-ledger.ts';
import { readRecords, WINDOW_BYTES_MAX } from './spool-record.ts';

/** Read at once, bytes. Kafka takes one mebibyte in one batch: this stays below it. */
const WINDOW_BYTES = 512 * 1024;

export interface SpanRead {
  readonly records: readonly OutgoingRecord[];
  /** Records before the first of these that were there and cannot be read. */
  readonly corrupt: number;
  readonly end: SpoolPosition;
}

/** At least one record, or everything up to the segment's end. @throws the disk's error. */
export async function readSpan(
  files: SpoolFiles,
  what: {
    segment: Segment;
    from: SpoolPosition;
    recordsMax: number;
    windowBytes?: number | undefined;
  },
): Promise<SpanRead> {
  const { segment, recordsMax } = what;
  const file = await files.open(segmentName(segment.number), 'existing');
  try {
    let corrupt = 0;
    let { from } = what;
    let size = what.windowBytes ?? WINDOW_BYTES;
    for (;;) {
      const left = segment.bytes - from.offset;
      const window = Buffer.allocUnsafe(Math.min(left, size));
      const bytes = window.subarray(0, await file.read(window, from.offset));
      // Bytes that have vanished behind us count as the end: there is no more to be had.
      const isEnd = left <= size || bytes.length < window.length;
      const { index } = from;
      const read = readRecords({ bytes, isEnd, index, recordsMax, stopsAtDamage: true });
      corrupt += read.corrupt;
      const isDone = isEnd && read.consumed === bytes.length;
      const offset = isDone ? segment.bytes : from.offset + read.consumed;
      from = { ...from, offset, index: read.nextIndex };
      if (read.records.length > 0 || isDone) return { records: read.records, corrupt, end: from };
      if (read.consumed === 0) size = Math.min(size * 2, WINDOW_BYTES_MAX);
    }
  } finally {
    await file.close();
  }
}
