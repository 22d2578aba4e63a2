/**
 * Lets a request be written once. kafkajs copies each request twice after it is written, to put a
 * header and then a length before it, each time into a buffer of up to twice the size and filled
 * with zeros: at 15,000 lines a second 100 MB of buffers a second, because of which the collector's
 * whole heap was collected four times a second. A body that is made with room before it takes what
 * comes before it into that room. The package is frozen (2.2.4), so what is replaced stays as it is.
 */

/** The client's writer, as far as it is used. */
export interface Encoder {
  buf: Buffer;
  /** What is written ends here. */
  offset: number;
  writeInt8(value: number): this;
  writeInt16(value: number): this;
  writeInt32(value: number): this;
  writeString(value: string | null): this;
  writeEncoder(other: Encoder): this;
}

export interface EncoderClass {
  new (initialBytes: number): Encoder;
  nextPowerOfTwo(bytes: number): number;
  readonly prototype: {
    ensureAvailable: (this: Encoder, bytes: number) => void;
    writeEncoder: (this: Encoder, other: Encoder) => Encoder;
  };
}

/** Length, key, version, correlation id and client id, which may be longer: then it is copied. */
const ROOM_BYTES = 256;

/** Bytes that are free before what these hold. */
const rooms = new WeakMap<Encoder, number>();

/** An encoder for so many bytes, with room before them. */
export function encoderWithRoom(encoders: EncoderClass, bytes: number): Encoder {
  const encoder = new encoders(1);
  encoder.buf = Buffer.allocUnsafe(ROOM_BYTES + bytes).subarray(ROOM_BYTES);
  rooms.set(encoder, ROOM_BYTES);
  return encoder;
}

/** Replaces how encoders grow and take in others. */
export function patchEncoders({ prototype, nextPowerOfTwo }: EncoderClass): void {
  const usual = prototype.writeEncoder;
  // Not filled with zeros first: what is written goes out, and no more.
  prototype.ensureAvailable = function grow(this: Encoder, bytes: number): void {
    const needed = this.offset + bytes;
    if (needed <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(nextPowerOfTwo(needed));
    this.buf.copy(larger, 0, 0, this.offset);
    this.buf = larger;
    rooms.delete(this);
  };
  prototype.writeEncoder = function takeIn(this: Encoder, other: Encoder): Encoder {
    const room = rooms.get(other);
    const head = this.buf.subarray(0, this.offset);
    if (room === undefined || room < head.length) return usual.call(this, other);
    const { buffer, byteOffset, length } = other.buf;
    this.buf = Buffer.from(buffer, byteOffset - head.length, head.length + length);
    this.buf.set(head);
    this.offset = head.length + other.offset;
    rooms.set(this, room - head.length);
    return this;
  };
}
