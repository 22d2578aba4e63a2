/**
 * Reads the records of a fetch response: one or more record batches of a partition, one behind the
 * other (message format 2; Kafka protocol guide, "Record Batch").
 *
 * A path of its own because the client makes a dozen objects for every record; here a value is a
 * view of the response. What is rare (compressed batches, transactions, formats before Kafka 0.11)
 * is left to the client: `recordSetOf` says null.
 */
import type { ConsumedRecord } from './port.ts';

/** Base offset, length, leader epoch, magic, checksum, attributes: what every batch begins with. */
const PREFIX_BYTES = 12;
const HEADER_BYTES = 61;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const MAGIC = 2;
const COMPRESSED = 0b111;
const LOG_APPEND_TIME = 0b1000;
const TRANSACTIONAL_OR_CONTROL = 0b11_0000;

/** Whole batches of one partition, not looked into yet. */
export interface RecordSet {
  readonly bytes: Buffer;
  /** Offset of the last record, whether or not compaction removed it. */
  readonly lastOffset: number;
}

/**
 * The whole batches in `bytes`; the last one may be cut off by the size of the response, and is
 * left out. `empty` where there is none, null where the client has to read them.
 */
export function recordSetOf(bytes: Buffer): RecordSet | 'empty' | null {
  let end = 0;
  let lastOffset = -1;
  while (end + HEADER_BYTES <= bytes.length) {
    const batchEnd = end + PREFIX_BYTES + bytes.readInt32BE(end + 8);
    if (bytes[end + MAGIC_AT] !== MAGIC) return null;
    if (batchEnd > bytes.length) break;
    const attributes = bytes.readInt16BE(end + ATTRIBUTES_AT);
    if ((attributes & (COMPRESSED | TRANSACTIONAL_OR_CONTROL)) !== 0) return null;
    lastOffset = int64At(bytes, end) + bytes.readInt32BE(end + 23);
    end = batchEnd;
  }
  return end === 0 ? 'empty' : { bytes: bytes.subarray(0, end), lastOffset };
}

/** The records from `fromOffset` on: a fetch from within a batch returns all of it. */
export function readRecords({ bytes }: RecordSet, fromOffset: number): ConsumedRecord[] {
  const records: ConsumedRecord[] = [];
  const reader = new RecordReader(bytes);
  for (let at = 0; at < bytes.length; at += PREFIX_BYTES + bytes.readInt32BE(at + 8)) {
    reader.readBatch(at, fromOffset, records);
  }
  return records;
}

class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  readBatch(start: number, fromOffset: number, into: ConsumedRecord[]): void {
    const bytes = this.#bytes;
    const isAppendTime = (bytes.readInt16BE(start + ATTRIBUTES_AT) & LOG_APPEND_TIME) !== 0;
    const baseOffset = int64At(bytes, start);
    const baseMs = int64At(bytes, start + 27);
    const newestMs = int64At(bytes, start + 35);
    this.#at = start + HEADER_BYTES;
    for (let left = bytes.readInt32BE(start + 57); left > 0; left -= 1) {
      // The length and the attributes, which are unused.
      const end = this.#varint() + this.#at;
      this.#at += 1;
      const timestampMs = baseMs + this.#varint();
      const offset = baseOffset + this.#varint();
      if (offset >= fromOffset) {
        const key = this.#part()?.toString('utf8') ?? null;
        const value = this.#part();
        into.push({ offset, key, value, timestampMs: isAppendTime ? newestMs : timestampMs });
      }
      // Nothing here reads headers.
      this.#at = end;
    }
  }

  #part(): Buffer | null {
    const length = this.#varint();
    if (length < 0) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Zigzag, seven bits a byte; up to 2^53, as times and offsets are. */
  #varint(): number {
    let byte = this.#bytes[this.#at++] as number;
    let value = byte & 0x7f;
    for (let weight = 0x80; byte > 0x7f; weight *= 0x80) {
      byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * weight;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** Offsets and times stay far below 2^53. */
function int64At(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
