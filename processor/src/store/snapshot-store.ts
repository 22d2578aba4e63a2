/**
 * The saved state of partitions. What may be repeated after a crash: everything; nothing is torn.
 *
 * Parts are written first under new keys, then one replacement of the head document makes them the
 * snapshot, then what it no longer names is removed. The head carries an epoch that each new owner
 * raises: the replacement of an older owner finds nothing, and that owner is fenced.
 */
import { Binary } from 'mongodb';
import { CrestError } from '@crest/shared/errors';
import { JOURNALED } from '@crest/shared/mongo';
import type { StatePart } from '../core/state-parts.ts';
import type { Collections, SnapshotHead } from './collections.ts';

/** Well below the 16 MB that a document may have. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Of the chunks of one insert; a message to the server may have 48 MB. */
const MESSAGE_BYTES = 16 * 1024 * 1024;

interface Chunk {
  readonly _id: string;
  readonly bytes: Binary;
}

type Snapshots = Pick<Collections, 'snapshots' | 'snapshotParts'>;

export interface LoadedSnapshot {
  /** Bytes by name of the part; null before the first snapshot. */
  readonly parts: ReadonlyMap<string, Uint8Array> | null;
}

/** The snapshots of one partition, as its owner of one epoch. */
export class SnapshotStore {
  readonly #collections: Snapshots;
  readonly #key: string;
  #head: SnapshotHead;
  #saves = 0;

  private constructor(collections: Snapshots, key: string, head: SnapshotHead) {
    this.#collections = collections;
    this.#key = key;
    this.#head = head;
  }

  /** Becomes the owner: every earlier one is fenced from here on. */
  static async claim(collections: Snapshots, key: string): Promise<SnapshotStore> {
    const head = await collections.snapshots.findOneAndUpdate(
      { _id: key },
      { $inc: { epoch: 1 }, $max: { nextOffset: 0 } },
      { upsert: true, returnDocument: 'after', writeConcern: JOURNALED },
    );
    if (head === null) throw new CrestError('MONGODB_UNAVAILABLE', `cannot claim ${key}`);
    return new SnapshotStore(collections, key, head);
  }

  /** Reads the snapshot that was there. @throws CrestError FENCED, SNAPSHOT_UNREADABLE. */
  async load(): Promise<LoadedSnapshot> {
    const { parts } = this.#head;
    if (parts === undefined) return { parts: null };
    const wanted = parts.flatMap(({ ids }) => ids);
    const found = new Map<string, Uint8Array>();
    for (let i = 0; i < wanted.length; i += 16) {
      const ids = wanted.slice(i, i + 16);
      const documents = await this.#collections.snapshotParts.find({ _id: { $in: ids } }).toArray();
      for (const { _id, bytes } of documents) found.set(_id, bytesOf(bytes));
    }
    const lost = parts.find(({ ids }) => ids.some((id) => !found.has(id)));
    if (lost !== undefined) throw await this.#lossOf(lost.name);
    return { parts: new Map(parts.map(({ name, ids }) => [name, joined(ids, found)])) };
  }

  // An owner that claimed after this one has removed what its own snapshot does not name.
  async #lossOf(name: string): Promise<CrestError> {
    const { epoch } = this.#head;
    const mine = await this.#collections.snapshots.findOne({ _id: this.#key, epoch });
    if (mine === null) return this.#fenced();
    return new CrestError('SNAPSHOT_UNREADABLE', `part ${name} is missing`);
  }

  #fenced(): CrestError {
    const { epoch } = this.#head;
    return new CrestError('FENCED', `${this.#key} has another owner than epoch ${epoch}`);
  }

  /** Marks of the parts that are saved: those need not be given again. */
  knownMarks(): Map<string, string> {
    const marks = new Map<string, string>();
    for (const { name, mark } of this.#head.parts ?? []) if (mark !== null) marks.set(name, mark);
    return marks;
  }

  /** Replaces the snapshot; gives the bytes written. @throws CrestError FENCED. */
  async save(
    { nextOffset, savedAtMs }: { nextOffset: number; savedAtMs: number },
    parts: readonly StatePart[],
  ): Promise<number> {
    this.#saves += 1;
    const before = this.#head;
    const written: Chunk[] = [];
    const named = parts.map(({ name, mark, bytes }) => {
      if (bytes === null) return known(before, name);
      const chunks = this.#chunks(name, bytes);
      written.push(...chunks);
      return { name, mark, ids: chunks.map(({ _id }) => _id) };
    });
    for (const chunks of inMessages(written)) {
      await this.#collections.snapshotParts.insertMany(chunks, { writeConcern: JOURNALED });
    }
    const { epoch } = before;
    const head = { _id: this.#key, epoch, nextOffset, savedAtMs, parts: named };
    await this.#replaceHead(
      head,
      written.map(({ _id }) => _id),
    );
    await this.#remove(idsNotIn(before, head));
    return written.reduce((sum, { bytes }) => sum + bytes.length(), 0);
  }

  async #replaceHead(head: SnapshotHead, written: readonly string[]): Promise<void> {
    const { _id, nextOffset, ...rest } = head;
    // A replacement that was given up may still arrive, after one with a later offset.
    const filter = { _id, epoch: head.epoch, nextOffset: { $lte: nextOffset } };
    const result = await this.#collections.snapshots.replaceOne(
      filter,
      { nextOffset, ...rest },
      {
        writeConcern: JOURNALED,
      },
    );
    if (result.matchedCount === 0) {
      await this.#remove(written);
      throw this.#fenced();
    }
    this.#head = head;
  }

  // A crash leaves parts that no head names: they go with the next save that sees them.
  async #remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#collections.snapshotParts.deleteMany({ _id: { $in: [...ids] } });
  }

  /**
   * Removes parts of this partition that the head does not name: left by owners that died. Those of
   * later owners stay, which a process that wakes up late would take for left behind.
   */
  async removeOrphans(): Promise<void> {
    const named = new Set(this.#head.parts?.flatMap(({ ids }) => ids) ?? []);
    const range = { $gte: `${this.#key}/`, $lt: `${this.#key}0` };
    const all = await this.#collections.snapshotParts
      .find({ _id: range }, { projection: { _id: 1 } })
      .toArray();
    const isOrphan = (id: string): boolean =>
      !named.has(id) && this.#epochOf(id) <= this.#head.epoch;
    await this.#remove(all.map(({ _id }) => _id).filter(isOrphan));
  }

  // Of the owner that wrote the part, as `#chunks` names it.
  #epochOf(partId: string): number {
    return Number.parseInt(partId.slice(this.#key.length + 1), 10);
  }

  #chunks(name: string, bytes: Uint8Array): { _id: string; bytes: Binary }[] {
    const chunks: { _id: string; bytes: Binary }[] = [];
    for (let i = 0; i === 0 || i < bytes.length; i += CHUNK_BYTES) {
      const _id = `${this.#key}/${this.#head.epoch}/${this.#saves}/${name}/${i / CHUNK_BYTES}`;
      chunks.push({ _id, bytes: new Binary(bytes.subarray(i, i + CHUNK_BYTES)) });
    }
    return chunks;
  }
}

function known(head: SnapshotHead, name: string): NonNullable<SnapshotHead['parts']>[number] {
  const part = head.parts?.find((candidate) => candidate.name === name);
  if (part === undefined) throw new RangeError(`part ${name} was never saved`);
  return part;
}

function idsNotIn(before: SnapshotHead, after: SnapshotHead): string[] {
  const kept = new Set(after.parts?.flatMap(({ ids }) => ids) ?? []);
  return (before.parts?.flatMap(({ ids }) => ids) ?? []).filter((id) => !kept.has(id));
}

function bytesOf(stored: Binary | Uint8Array): Uint8Array {
  return stored instanceof Binary ? stored.value() : stored;
}

function joined(ids: readonly string[], found: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const chunks = ids.map((id) => found.get(id));
  return Buffer.concat(chunks.filter((chunk) => chunk !== undefined));
}

/** As few inserts as hold them: each is a flush, and each has a bound of its own. */
function inMessages(chunks: readonly Chunk[]): Chunk[][] {
  const messages: Chunk[][] = [];
  let space = 0;
  for (const chunk of chunks) {
    const bytes = chunk.bytes.length();
    if (bytes > space) {
      messages.push([]);
      space = MESSAGE_BYTES;
    }
    messages.at(-1)?.push(chunk);
    space -= bytes;
  }
  return messages;
}
