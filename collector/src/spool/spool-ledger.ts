/**
 * Up to where the spool has been drained, as pure functions: positions, the two slots of the file
 * that keeps one, and the names of segments.
 *
 * A slot that is on the disk for certain is never written over: of two slots, the one that was not
 * fsynced last takes the next position. Whatever tears, one of them can be read; and where none can,
 * the spool is drained from its oldest segment, which repeats records and loses none.
 */
import { crc32 } from 'node:zlib';

/** Behind the last record that Kafka has acknowledged. */
export interface SpoolPosition {
  readonly segment: number;
  /** Bytes into the segment. */
  readonly offset: number;
  /** Records of the segment before it. */
  readonly index: number;
}

export const LEDGER_NAME = 'position';
/** A slot begins a sector of its own, so that writing one cannot tear the other. */
export const SLOT_SPACING_BYTES = 4096;
const SLOT_BYTES = 36;
const VERSION = 1;

export interface LedgerSlot {
  /** Grows by one with each write. */
  readonly sequence: number;
  readonly position: SpoolPosition;
}

export function encodeSlot({ sequence, position }: LedgerSlot): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  bytes.writeUInt32LE(VERSION, 4);
  bytes.writeDoubleLE(sequence, 8);
  bytes.writeDoubleLE(position.segment, 16);
  bytes.writeDoubleLE(position.offset, 24);
  bytes.writeUInt32LE(position.index, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** What a slot says; null where it is damaged or was never written. */
export function decodeSlot(bytes: Buffer): LedgerSlot | null {
  if (bytes.length < SLOT_BYTES) return null;
  const slot = bytes.subarray(0, SLOT_BYTES);
  if (crc32(slot.subarray(4)) !== slot.readUInt32LE(0) || slot.readUInt32LE(4) !== VERSION) {
    return null;
  }
  return {
    sequence: slot.readDoubleLE(8),
    position: {
      segment: slot.readDoubleLE(16),
      offset: slot.readDoubleLE(24),
      index: slot.readUInt32LE(32),
    },
  };
}

/** The newest slot of the ledger and its number; null where none can be read. */
export function newestSlot(ledger: Buffer): (LedgerSlot & { readonly slot: 0 | 1 }) | null {
  const first = decodeSlot(ledger);
  const second = decodeSlot(ledger.subarray(SLOT_SPACING_BYTES));
  if (first === null && second === null) return null;
  if (second === null || (first !== null && first.sequence > second.sequence)) {
    return { ...(first as LedgerSlot), slot: 0 };
  }
  return { ...second, slot: 1 };
}

export function isBehind(position: SpoolPosition, other: SpoolPosition): boolean {
  if (position.segment !== other.segment) return position.segment < other.segment;
  return position.offset < other.offset;
}

const NAME = /^(\d{12})\.segment$/;

/** Names sort as the segments do. */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(12, '0')}.segment`;
}

/** The number of a segment; null for files that are none. */
export function segmentOf(name: string): number | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}
