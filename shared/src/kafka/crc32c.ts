/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of a Kafka record batch. Eight bytes at
 * a step by eight tables ("slicing by 8", Kounavis and Berry, 2005): three times as fast as a byte
 * at a step, and every byte that is sent goes through it. Node's own `zlib.crc32` has another
 * polynomial.
 */

/** The polynomial 0x1EDC6F41, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const T0 = Int32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});
const T1 = oneByteFurther(T0);
const T2 = oneByteFurther(T1);
const T3 = oneByteFurther(T2);
const T4 = oneByteFurther(T3);
const T5 = oneByteFurther(T4);
const T6 = oneByteFurther(T5);
const T7 = oneByteFurther(T6);

/** The table of a byte that one more byte, a zero, stands behind. */
function oneByteFurther(table: Int32Array): Int32Array {
  return table.map((crc) => (crc >>> 8) ^ at(T0, crc));
}

function at(table: Int32Array, value: number): number {
  return table[value & 0xff] as number;
}

/** The checksum of `bytes` from `start` to before `end`, from 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1;
  let from = start;
  // Words can be read from multiples of four only.
  const misplaced = (bytes.byteOffset + start) & 3;
  const aligned = Math.min(end, misplaced === 0 ? start : start + 4 - misplaced);
  for (; from < aligned; from += 1) crc = (crc >>> 8) ^ at(T0, crc ^ (bytes[from] as number));
  const pairs = (end - from) >> 3;
  if (pairs > 0) {
    crc = pairsOfWords(crc, new Int32Array(bytes.buffer, bytes.byteOffset + from, pairs * 2));
  }
  for (from += pairs * 8; from < end; from += 1) {
    crc = (crc >>> 8) ^ at(T0, crc ^ (bytes[from] as number));
  }
  return ~crc >>> 0;
}

/** Words as a little-endian machine reads them, which all that Node runs on in earnest are. */
function pairsOfWords(crc: number, words: Int32Array): number {
  let now = crc;
  for (let i = 0; i < words.length; i += 2) {
    const one = (words[i] as number) ^ now;
    const two = words[i + 1] as number;
    now =
      at(T7, one) ^
      at(T6, one >>> 8) ^
      at(T5, one >>> 16) ^
      at(T4, one >>> 24) ^
      at(T3, two) ^
      at(T2, two >>> 8) ^
      at(T1, two >>> 16) ^
      at(T0, two >>> 24);
  }
  return now;
}
