/**
 * A disk for the spool that forgets as real ones do: what was not fsynced may be gone after a crash,
 * in part or as a whole, names included. Faults come by the number of the operation.
 */
import type { SpoolFile, SpoolFiles } from '../../src/spool/spool-files.ts';

/** `kill`: the process dies, the machine goes on. `power`: what was not fsynced is in doubt. */
export type Crash = 'kill' | 'power';

export interface DiskFaults {
  /** The process dies in the operation of this number, counted from 0. */
  readonly dieAt?: number;
  /** Whether an operation fails with EIO. */
  readonly failsAt?: (operation: number) => boolean;
  /** All files together; beyond it ENOSPC. */
  readonly bytesMax?: number;
}

interface Inode {
  content: Buffer;
  durable: Buffer;
  /** Writes and cuts since the last good fsync, in order. */
  pending: ((before: Buffer) => Buffer)[];
}

export class Died extends Error {}

export class DiskError extends Error {
  readonly code: 'EIO' | 'ENOSPC' | 'EEXIST' | 'ENOENT';

  constructor(code: DiskError['code']) {
    super(code);
    this.code = code;
  }
}

export class MemoryDisk implements SpoolFiles {
  readonly #random: () => number;
  #faults: DiskFaults = {};
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #isDead = false;
  operations = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  inject(faults: DiskFaults): void {
    this.#faults = faults;
    this.operations = 0;
  }

  /** The machine as the next process finds it, without faults. */
  restart(crash: Crash): void {
    if (crash === 'power') this.#losePower();
    this.#isDead = false;
    this.inject({});
  }

  /** What a file holds; changing the bytes damages them on the disk. */
  contentOf(name: string): Buffer {
    return this.#inode(name).content;
  }

  /** The process died in an operation and has not been started again. */
  get isDead(): boolean {
    return this.#isDead;
  }

  get names(): string[] {
    return [...this.#names.keys()].sort();
  }

  get bytes(): number {
    return [...this.#names.values()].reduce((sum, { content }) => sum + content.length, 0);
  }

  async list(): Promise<{ name: string; bytes: number }[]> {
    await this.#step(() => undefined);
    return [...this.#names].map(([name, { content }]) => ({ name, bytes: content.length }));
  }

  async open(name: string, how: 'new' | 'existing' | 'any'): Promise<SpoolFile> {
    await this.#step(() => {
      const isThere = this.#names.has(name);
      if (isThere && how === 'new') throw new DiskError('EEXIST');
      if (!isThere && how === 'existing') throw new DiskError('ENOENT');
      if (isThere) return;
      const inode: Inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [] };
      this.#names.set(name, inode);
    });
    return this.#fileOf(this.#inode(name));
  }

  async remove(name: string): Promise<void> {
    await this.#step(() => {
      if (!this.#names.delete(name)) throw new DiskError('ENOENT');
    });
  }

  async syncDirectory(): Promise<void> {
    await this.#step(() => {
      this.#durableNames = new Map(this.#names);
    });
  }

  #fileOf(inode: Inode): SpoolFile {
    return {
      read: async (into, at) => {
        let bytes = 0;
        await this.#step(() => (bytes = inode.content.copy(into, 0, at)));
        return bytes;
      },
      write: (bytes, at) => this.#write(inode, Buffer.from(bytes), at),
      truncate: (bytes) =>
        this.#step(() => this.#change(inode, (before) => before.subarray(0, bytes))),
      sync: () =>
        this.#step(
          () => {
            inode.durable = Buffer.from(inode.content);
            inode.pending = [];
          },
          // As Linux does it: what could not be written is marked clean and never tried again.
          () => (inode.pending = []),
        ),
      close: () => this.#step(() => undefined),
    };
  }

  async #write(inode: Inode, bytes: Buffer, at: number): Promise<void> {
    const part = (): Buffer => bytes.subarray(0, Math.floor(this.#random() * bytes.length));
    const put = (what: Buffer): void => this.#change(inode, (before) => written(before, what, at));
    await this.#step(
      () => {
        const room = (this.#faults.bytesMax ?? Infinity) - this.bytes;
        if (bytes.length > room) {
          put(bytes.subarray(0, Math.max(0, Math.floor(room))));
          throw new DiskError('ENOSPC');
        }
        put(bytes);
      },
      () => put(part()),
    );
  }

  #change(inode: Inode, change: (before: Buffer) => Buffer): void {
    inode.content = change(inode.content);
    inode.pending.push(change);
  }

  /** `broken` is what an operation does that fails or in which the process dies. */
  async #step(effect: () => void, broken: () => void = () => undefined): Promise<void> {
    await Promise.resolve();
    if (this.#isDead) throw new Died();
    const operation = this.operations;
    this.operations += 1;
    if (operation === this.#faults.dieAt) {
      this.#isDead = true;
      const chance = this.#random();
      if (chance < 0.3) effect();
      else if (chance < 0.7) broken();
      throw new Died();
    }
    if (this.#faults.failsAt?.(operation) === true) {
      broken();
      throw new DiskError('EIO');
    }
    effect();
  }

  #inode(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw new DiskError('ENOENT');
    return inode;
  }

  /** Each name that is not durable, and each write, is there or not; the last may be torn. */
  #losePower(): void {
    const names = new Map(this.#durableNames);
    for (const [name, inode] of this.#names) {
      if (this.#random() < 0.5) names.set(name, inode);
    }
    for (const name of this.#durableNames.keys()) {
      if (!this.#names.has(name) && this.#random() < 0.5) names.delete(name);
    }
    for (const inode of new Set(names.values())) {
      const kept = Math.floor(this.#random() * (inode.pending.length + 1));
      const before = inode.pending
        .slice(0, kept)
        .reduce((bytes, each) => each(bytes), inode.durable);
      const next = inode.pending[kept]?.(before) ?? before;
      const torn = before.length + Math.floor(this.#random() * (next.length - before.length + 1));
      inode.content = Buffer.from(next.length > before.length ? next.subarray(0, torn) : before);
      inode.durable = Buffer.from(inode.content);
      inode.pending = [];
    }
    this.#names = names;
    this.#durableNames = new Map(names);
  }
}

function written(before: Buffer, bytes: Buffer, at: number): Buffer {
  const after = Buffer.alloc(Math.max(before.length, at + bytes.length));
  before.copy(after);
  bytes.copy(after, at);
  return after;
}
