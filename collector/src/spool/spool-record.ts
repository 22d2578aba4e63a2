/**
 * How records lie in a segment, as pure functions.
 *
 *     marker (4 bytes) | CRC-32 of all that follows (4) | length of the body (4) | body
 *     body: index in the segment (4), timestamp (8), partition (4), lengths of topic (2), key (4)
 *           and value (4; -1 for null), topic, key, value
 *
 * The marker consists of bytes that occur nowhere in UTF-8, so nothing that people write looks like
 * it: whatever is damaged, the length included, reading goes on at the next marker, and a flipped
 * byte costs the record that it is in. The index tells how many records are missing.
 */
import { crc32 } from 'node:zlib';
import type { OutgoingRecord } from '@crest/shared/kafka/port';

const MARKER = Buffer.from([0xf5, 0xc1, 0xfe, 0xc0]);
const HEAD_BYTES = 12;
const FIXED_BODY_BYTES = 26;
const CRC_AT = 4;
const LENGTH_AT = 8;
const NULL_LENGTH = -1;

/** No body is longer, bytes: what Kafka takes by default in one batch, and twice that for safety. */
export const BODY_BYTES_MAX = 2 * 1024 * 1024;
/** A window of so many bytes always holds a whole record. */
export const WINDOW_BYTES_MAX = HEAD_BYTES + BODY_BYTES_MAX;

/** Records as the bytes of a segment; `firstIndex` is the number of records before them in it. */
export function encodeRecords(records: readonly OutgoingRecord[], firstIndex: number): Buffer {
  const sizes = records.map(sizesOf);
  const total = sizes.reduce((sum, { body }) => sum + HEAD_BYTES + body, 0);
  const bytes = Buffer.allocUnsafe(total);
  let at = 0;
  for (const [i, record] of records.entries()) {
    const size = sizes[i] as Sizes;
    writeRecord(bytes.subarray(at, at + HEAD_BYTES + size.body), record, size, firstIndex + i);
    at += HEAD_BYTES + size.body;
  }
  return bytes;
}

interface Sizes {
  readonly topic: number;
  readonly key: number;
  readonly value: number;
  readonly body: number;
}

function sizesOf({ topic: name, key: text, value: content }: OutgoingRecord): Sizes {
  const topic = Buffer.byteLength(name);
  const key = text === null ? NULL_LENGTH : Buffer.byteLength(text);
  const value = content === null ? NULL_LENGTH : Buffer.byteLength(content);
  const body = FIXED_BODY_BYTES + topic + Math.max(0, key) + Math.max(0, value);
  if (body > BODY_BYTES_MAX) throw new RangeError(`a record of ${body} bytes is too long`);
  return { topic, key, value, body };
}

function writeRecord(into: Buffer, record: OutgoingRecord, size: Sizes, index: number): void {
  MARKER.copy(into);
  into.writeUInt32LE(size.body, LENGTH_AT);
  let at = into.writeUInt32LE(index, HEAD_BYTES);
  at = into.writeDoubleLE(record.timestampMs, at);
  at = into.writeUInt32LE(record.partition, at);
  at = into.writeUInt16LE(size.topic, at);
  at = into.writeInt32LE(size.key, at);
  at = into.writeInt32LE(size.value, at);
  at += into.write(record.topic, at);
  if (record.key !== null) at += into.write(record.key, at);
  if (typeof record.value === 'string') into.write(record.value, at);
  else record.value?.copy(into, at);
  into.writeUInt32LE(crc32(into.subarray(LENGTH_AT)), CRC_AT);
}

export interface ReadWindow {
  readonly bytes: Buffer;
  /** Nothing of the segment comes behind these bytes. */
  readonly isEnd: boolean;
  /** Index that the first record should have. */
  readonly index: number;
  readonly recordsMax: number;
  /** Stop before damage that is behind a readable record: it is then found first the next time. */
  readonly stopsAtDamage?: boolean | undefined;
}

export interface ReadOutcome {
  /** The readable records; their values are views into the window. */
  readonly records: OutgoingRecord[];
  /** Bytes done with. 0, with no record, when the window is too small. */
  readonly consumed: number;
  /** End of the last readable record in the window; 0 without any. */
  readonly readableEnd: number;
  /** Index that the record behind should have. */
  readonly nextIndex: number;
  /** Records that were there and cannot be read. */
  readonly corrupt: number;
}

/** Reads what a window of a segment holds, and skips what is damaged. */
export function readRecords(window: ReadWindow): ReadOutcome {
  const { bytes, isEnd, index, recordsMax } = window;
  const records: OutgoingRecord[] = [];
  let at = 0;
  let readableEnd = 0;
  let nextIndex = index;
  let corrupt = 0;
  while (at < bytes.length && records.length < recordsMax) {
    const found = frameAt(bytes, at);
    if (typeof found === 'object') {
      corrupt += Math.max(0, found.index - nextIndex);
      nextIndex = found.index + 1;
      records.push(found.record);
      at = readableEnd = found.end;
      continue;
    }
    if (found === 'cut' && !isEnd) break;
    if (window.stopsAtDamage === true && records.length > 0) break;
    const next = bytes.indexOf(MARKER, at + 1);
    if (next !== -1) {
      at = next;
    } else if (isEnd) {
      const missing = markersIn(bytes, readableEnd);
      corrupt += missing;
      nextIndex += missing;
      at = bytes.length;
    } else {
      // The last bytes may be the beginning of a marker.
      at = Math.max(at + 1, bytes.length - MARKER.length + 1);
      break;
    }
  }
  return { records, consumed: at, readableEnd, nextIndex, corrupt };
}

/** How many records the damaged bytes from `from` on were, as far as they show: at least one. */
function markersIn(bytes: Buffer, from: number): number {
  let count = 0;
  for (let at = bytes.indexOf(MARKER, from); at !== -1; at = bytes.indexOf(MARKER, at + 1)) {
    count += 1;
  }
  return Math.max(1, count);
}

interface Frame {
  readonly record: OutgoingRecord;
  readonly index: number;
  readonly end: number;
}

/** `cut`: it may be a record, and goes on behind the window. */
function frameAt(bytes: Buffer, at: number): Frame | 'bad' | 'cut' {
  const there = bytes.length - at;
  const marker = Math.min(there, MARKER.length);
  if (bytes.compare(MARKER, 0, marker, at, at + marker) !== 0) return 'bad';
  if (there < HEAD_BYTES) return 'cut';
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  if (length < FIXED_BODY_BYTES || length > BODY_BYTES_MAX) return 'bad';
  const end = at + HEAD_BYTES + length;
  if (end > bytes.length) return 'cut';
  const crc = crc32(bytes.subarray(at + LENGTH_AT, end));
  if (crc !== bytes.readUInt32LE(at + CRC_AT)) return 'bad';
  return { ...readBody(bytes.subarray(at + HEAD_BYTES, end)), end };
}

function readBody(body: Buffer): Pick<Frame, 'record' | 'index'> {
  const topicEnd = FIXED_BODY_BYTES + body.readUInt16LE(16);
  const keyLength = body.readInt32LE(18);
  const keyEnd = topicEnd + Math.max(0, keyLength);
  return {
    index: body.readUInt32LE(0),
    record: {
      topic: body.toString('utf8', FIXED_BODY_BYTES, topicEnd),
      partition: body.readUInt32LE(12),
      key: keyLength === NULL_LENGTH ? null : body.toString('utf8', topicEnd, keyEnd),
      value: body.readInt32LE(22) === NULL_LENGTH ? null : body.subarray(keyEnd),
      timestampMs: body.readDoubleLE(4),
    },
  };
}
