/** The file that keeps the spool's position. It is made when there is a first position to keep. */
import {
  encodeSlot,
  LEDGER_NAME,
  newestSlot,
  SLOT_SPACING_BYTES,
  type SpoolPosition,
} from './spool-ledger.ts';
import type { SpoolFile, SpoolFiles } from './spool-files.ts';

const LEDGER_BYTES = 2 * SLOT_SPACING_BYTES;

export class LedgerFile {
  readonly #files: SpoolFiles;
  #file: SpoolFile | undefined;
  #sequence = 0;
  /** The slot that the next position goes to: not the one that was fsynced last. */
  #slot: 0 | 1 = 0;
  #isWritten = false;

  constructor(files: SpoolFiles) {
    this.#files = files;
  }

  /** The position kept; null where there is none that can be read. @throws the disk's error. */
  async load(isThere: boolean): Promise<SpoolPosition | null> {
    if (!isThere) return null;
    const file = await this.#files.open(LEDGER_NAME, 'existing');
    this.#file = file;
    const bytes = Buffer.alloc(LEDGER_BYTES);
    const found = newestSlot(bytes.subarray(0, await file.read(bytes, 0)));
    if (found === null) return null;
    this.#sequence = found.sequence;
    this.#slot = found.slot === 0 ? 1 : 0;
    return found.position;
  }

  /** Survives a kill of this process, and a crash of the machine after the next `sync`. */
  async write(position: SpoolPosition): Promise<void> {
    this.#file ??= await this.#create();
    this.#sequence += 1;
    const slot = encodeSlot({ sequence: this.#sequence, position });
    await this.#file.write(slot, this.#slot * SLOT_SPACING_BYTES);
    this.#isWritten = true;
  }

  /** What was written last is durable, if it was written since the last failure. */
  async sync(): Promise<void> {
    if (!this.#isWritten) return;
    await this.#file?.sync();
    this.#isWritten = false;
    this.#slot = this.#slot === 0 ? 1 : 0;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #create(): Promise<SpoolFile> {
    const file = await this.#files.open(LEDGER_NAME, 'any');
    await this.#files.syncDirectory();
    return file;
  }
}
