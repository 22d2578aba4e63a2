/**
 * The disk as the spool sees it: one flat directory. `node-spool-files.ts` is the real one.
 *
 * What the spool may rely on, and no more:
 * - what was written is on the disk for certain only after `sync` of the file has resolved, and the
 *   file has a name for certain only after `syncDirectory`; until then, anything between nothing and
 *   all of it may be there after a crash;
 * - a failed `write` may have written a part; after a failed `sync` nothing is known of what was
 *   written since the last good one, and a later good one says nothing of it either;
 * - `read` sees what was written by this process, synced or not.
 */
export interface SpoolFiles {
  list(): Promise<readonly { readonly name: string; readonly bytes: number }[]>;
  /** `new` rejects where the name exists, `existing` where it does not, `any` never for that. */
  open(name: string, how: 'new' | 'existing' | 'any'): Promise<SpoolFile>;
  remove(name: string): Promise<void>;
  /** Makes names that were given and taken away durable. */
  syncDirectory(): Promise<void>;
}

export interface SpoolFile {
  /** Fills `into` from `at` on as far as the file goes; resolves with the bytes read. */
  read(into: Buffer, at: number): Promise<number>;
  /** Writes all of it, or rejects. */
  write(bytes: Buffer, at: number): Promise<void>;
  /** Cuts the file to so many bytes. */
  truncate(bytes: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}
