/**
 * Which partition a key belongs to: Kafka's own rule for keyed records, so that every client,
 * ours or another's, agrees on it.
 *
 * Source: `org.apache.kafka.common.utils.Utils.murmur2` (Austin Appleby's MurmurHash2, 32 bit,
 * seed 0x9747b28c, little endian) and `BuiltInPartitioner.partitionForKey`: (hash & 0x7fffffff) % n.
 */

const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;
const ROTATE = 24;

/** MurmurHash2 of the bytes as an unsigned 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const wholeBytes = length & ~3;
  let hash = SEED ^ length;
  for (let i = 0; i < wholeBytes; i += 4) {
    let word = wordAt(bytes, i);
    word = Math.imul(word, MIX);
    word ^= word >>> ROTATE;
    word = Math.imul(word, MIX);
    hash = Math.imul(hash, MIX) ^ word;
  }
  if (wholeBytes < length) hash = Math.imul(hash ^ tailAt(bytes, wholeBytes), MIX);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MIX);
  hash ^= hash >>> 15;
  return hash >>> 0;
}

/** The partition of `key` among `partitions`, as Kafka's default partitioner chooses it. */
export function partitionForKey(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}

function wordAt(bytes: Uint8Array, i: number): number {
  return (
    (bytes[i] ?? 0) |
    ((bytes[i + 1] ?? 0) << 8) |
    ((bytes[i + 2] ?? 0) << 16) |
    ((bytes[i + 3] ?? 0) << 24)
  );
}

function tailAt(bytes: Uint8Array, start: number): number {
  return (bytes[start] ?? 0) | ((bytes[start + 1] ?? 0) << 8) | ((bytes[start + 2] ?? 0) << 16);
}
