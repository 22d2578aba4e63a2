/**
 * State of a partition, kept in MongoDB together with the offsets from which to read on.
 *
 * For anyone who folds a partition of Kafka (docs/adr, state with its offset): opaque bytes in, the
 * same bytes out. One head document per partition and its bytes in chunks, because a document
 * holds 16 MB. The head names the version of the chunks that belong to it, and a save writes new
 * chunks, then the head, then removes the old chunks: killed anywhere, it leaves the old state or
 * the new one.
 *
 * `acquire` raises the head's epoch, and a save succeeds only under the epoch that it was given: a
 * process that lost the partition without noticing cannot write over its successor.
 */
import { crc32 } from 'node:zlib';
import { Binary, type Collection } from 'mongodb';
import { CrestError } from '../errors.ts';
import { isDuplicateKey, JOURNALED } from '../mongo.ts';
import type { Parsed } from '../records/record.ts';

/** Bytes of a chunk: far below the 16 MB of a document, above what most partitions need. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** From where to read on, by topic. */
export type NextOffsets = ReadonlyMap<string, number>;

export interface Snapshot {
  readonly nextOffsets: NextOffsets;
  readonly body: Uint8Array;
}

export interface Acquired {
  /** Under which saves are made until somebody else acquires. */
  readonly epoch: number;
  readonly saved: Saved;
}

/**
 * What there is of an earlier save: nothing, all of it, or only its offsets, because the body is
 * incomplete or damaged. A damaged one stays as it is until the next save replaces it.
 */
export type Saved =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'whole' } & Snapshot)
  | { readonly kind: 'damaged'; readonly nextOffsets: NextOffsets; readonly reason: string };

/** A document of the collection: a head or a chunk, told apart by `kind`. */
export type SnapshotDocument = SnapshotHead | SnapshotChunk;

interface SnapshotHead {
  _id: string;
  kind: 'head';
  epoch: number;
  /** Of the chunks; null before the first save. */
  version: string | null;
  chunks: number;
  bytes: number;
  crc32: number;
  /** A list, because names of topics have dots in them. */
  nextOffsets: { topic: string; nextOffset: number }[];
  /** Wall time, epoch milliseconds. */
  savedAtMs: number;
}

interface SnapshotChunk {
  _id: string;
  kind: 'chunk';
  body: Binary;
}

type Filled = SnapshotHead & { version: string };

/** Snapshots of the partitions of one service. `id` is any name without `#`, such as the partition. */
export class SnapshotStore {
  readonly #documents: Collection<SnapshotDocument>;
  #saves = 0;

  constructor(documents: Collection<SnapshotDocument>) {
    this.#documents = documents;
  }

  /** Takes the partition over: from now on every other epoch is fenced. */
  async acquire(id: string): Promise<Acquired> {
    const head = await this.#raiseEpoch(id);
    await this.#removeOrphans(id, head);
    const { epoch, version } = head;
    if (version === null) return { epoch, saved: { kind: 'none' } };
    const nextOffsets = new Map(
      head.nextOffsets.map(({ topic, nextOffset }) => [topic, nextOffset]),
    );
    const read = await this.#readBody(id, { ...head, version });
    if (!read.ok) return { epoch, saved: { kind: 'damaged', nextOffsets, reason: read.reason } };
    return { epoch, saved: { kind: 'whole', nextOffsets, body: read.value } };
  }

  /**
   * Replaces what is kept; durable when it resolves.
   * @throws CrestError FENCED when another process has acquired the partition.
   */
  async save(
    id: string,
    epoch: number,
    { nextOffsets, body }: Snapshot,
    savedAtMs: number,
  ): Promise<void> {
    this.#saves += 1;
    const version = `${epoch}.${savedAtMs}.${this.#saves}`;
    const chunks = await this.#writeChunks(id, version, body);
    const before = await this.#documents.findOneAndUpdate(
      { _id: id, epoch },
      {
        $set: {
          version,
          chunks,
          bytes: body.length,
          crc32: crc32(body),
          nextOffsets: [...nextOffsets].map(([topic, nextOffset]) => ({ topic, nextOffset })),
          savedAtMs,
        },
      },
      { writeConcern: JOURNALED, returnDocument: 'before' },
    );
    if (before === null) {
      await this.#removeChunks(id, version, chunks);
      throw new CrestError('FENCED', `${id} was taken over by another process`);
    }
    const old = before as SnapshotHead;
    if (old.version !== null) await this.#removeChunks(id, old.version, old.chunks);
  }

  async #raiseEpoch(id: string): Promise<SnapshotHead> {
    const empty = { kind: 'head', version: null, chunks: 0, bytes: 0, crc32: 0 } as const;
    for (;;) {
      try {
        const head = await this.#documents.findOneAndUpdate(
          { _id: id },
          { $inc: { epoch: 1 }, $setOnInsert: { ...empty, nextOffsets: [], savedAtMs: 0 } },
          { upsert: true, returnDocument: 'after', writeConcern: JOURNALED },
        );
        if (head !== null) return head as SnapshotHead;
      } catch (error) {
        // Two processes inserted the head at once: one of them tries again and finds it.
        if (!isDuplicateKey(error)) throw error;
      }
    }
  }

  async #writeChunks(id: string, version: string, body: Uint8Array): Promise<number> {
    const chunks: SnapshotChunk[] = [];
    for (let from = 0; from < body.length; from += CHUNK_BYTES) {
      const part = body.subarray(from, from + CHUNK_BYTES);
      chunks.push({
        _id: chunkId(id, version, chunks.length),
        kind: 'chunk',
        body: new Binary(part),
      });
    }
    // One by one: a message to the server has a bound too.
    for (const chunk of chunks) {
      await this.#documents.insertOne(chunk, { writeConcern: JOURNALED });
    }
    return chunks.length;
  }

  async #readBody(id: string, head: Filled): Promise<Parsed<Uint8Array>> {
    const parts: Uint8Array[] = [];
    for (let i = 0; i < head.chunks; i += 1) {
      const chunk = await this.#documents.findOne({ _id: chunkId(id, head.version, i) });
      if (chunk?.kind !== 'chunk') {
        return { ok: false, reason: `chunk ${i} of ${head.chunks} is missing` };
      }
      parts.push(chunk.body.value());
    }
    const body = Buffer.concat(parts);
    if (body.length !== head.bytes || crc32(body) !== head.crc32) {
      return { ok: false, reason: 'its checksum is wrong' };
    }
    return { ok: true, value: body };
  }

  // What saves that were killed left behind. Chunks of a later epoch are the successor's, which a
  // process that wakes up late must leave alone. Bounded on both sides: a range is dear otherwise.
  async #removeOrphans(id: string, head: SnapshotHead): Promise<void> {
    const chunks = this.#documents.find(
      { _id: { $gte: `${id}#`, $lt: `${id}$` } },
      { projection: { _id: 1 } },
    );
    const current = head.version === null ? null : chunkId(id, head.version, '');
    for await (const { _id } of chunks) {
      if (current !== null && _id.startsWith(current)) continue;
      if (epochOf(id, _id) <= head.epoch) await this.#documents.deleteOne({ _id });
    }
  }

  async #removeChunks(id: string, version: string, chunks: number): Promise<void> {
    for (let i = 0; i < chunks; i += 1) {
      await this.#documents.deleteOne({ _id: chunkId(id, version, i) });
    }
  }
}

// `#` sorts right before `$`, which bounds the range of one partition's chunks.
function chunkId(id: string, version: string, index: number | ''): string {
  return `${id}#${version}#${index}`;
}

/** Of the save that wrote the chunk: what its version begins with. */
function epochOf(id: string, chunk: string): number {
  return Number.parseInt(chunk.slice(id.length + 1), 10);
}
