/**
 * Buffers cut out of larger ones, one behind the other: an own allocation for every record costs
 * more than writing it. A piece that is kept keeps its slab; records leave the queue in the order
 * in which they came, so that few slabs hold less than they could.
 */

const SLAB_BYTES = 128 * 1024;

export class ByteSlab {
  #slab = Buffer.alloc(0);
  #start = 0;

  /** Where up to `bytesMax` may be written: from `start` on. Nothing is taken until `taken`. */
  room(bytesMax: number): { bytes: Buffer; start: number } {
    if (this.#slab.length - this.#start < bytesMax) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytesMax));
      this.#start = 0;
    }
    return { bytes: this.#slab, start: this.#start };
  }

  /** What was written since `room`, up to before `end`: the piece is not written again. */
  taken(end: number): Buffer {
    const piece = this.#slab.subarray(this.#start, end);
    this.#start = end;
    return piece;
  }
}
