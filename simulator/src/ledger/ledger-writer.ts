/**
 * Writes the ledger: an append-only file, buffered up to a bound. Writes are synchronous, so that
 * entries stand in the order in which things happened and memory stays bounded without a queue; at
 * 25,000 lines a second that is some 6 MB to the page cache.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type LedgerEntry, printLedgerEntry } from './ledger-line.ts';

/** The port that everything which writes the ledger sees. */
export interface Ledger {
  /** False where nothing is written down: lines need not be put together for it. */
  readonly isKept: boolean;
  /** @throws Error where the disk refuses: a run without its oracle proves nothing. */
  write(entry: LedgerEntry): void;
  flush(): void;
  close(): void;
}

const BUFFER_CHARACTERS_MAX = 256 * 1024;
const FLUSH_INTERVAL_MS = 200;

/** Opens the file anew; what was in it is gone. */
export function openLedger(path: string): Ledger {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  let buffer = '';
  let isOpen = true;
  const flush = (): void => {
    if (buffer === '' || !isOpen) return;
    writeAll(file, Buffer.from(buffer));
    buffer = '';
  };
  const timer = setInterval(flush, FLUSH_INTERVAL_MS);
  timer.unref();
  return {
    isKept: true,
    write(entry) {
      buffer += printLedgerEntry(entry);
      if (buffer.length >= BUFFER_CHARACTERS_MAX) flush();
    },
    flush,
    close() {
      if (!isOpen) return;
      clearInterval(timer);
      flush();
      isOpen = false;
      closeSync(file);
    },
  };
}

/** For runs of which nobody keeps the books. */
export const NO_LEDGER: Ledger = { isKept: false, write() {}, flush() {}, close() {} };

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
