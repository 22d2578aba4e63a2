import {
  closeSync,
  createReadStream,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

import type { InboxEntry, InboxLine } from './inbox-entry.ts';
import { decodeInboxEntry, encodeInboxEntry } from './inbox-entry.ts';

/**
 * The file of everything the pretend SNS delivered, one JSON object a line, in order of acceptance.
 *
 * Each entry is handed to the operating system before the request is answered, so an accepted
 * message is in the file even if this process is killed at once. Writes block; they are small.
 */
export class InboxFile {
  readonly #descriptor: number;
  #open = true;

  /** Opens or creates the file and its folder. A line torn by a kill is closed off first. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, 'a+');
    if (!endsWithLineBreak(this.#descriptor)) writeSync(this.#descriptor, '\n');
  }

  append(entry: InboxEntry): void {
    writeSync(this.#descriptor, `${encodeInboxEntry(entry)}\n`);
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#descriptor);
  }
}

/**
 * Reads an inbox file, also while it is being written. A missing file yields nothing; a line that
 * is no entry (torn by a kill) is yielded with its reason, for the caller to judge.
 */
export async function* readInboxFile(path: string): AsyncGenerator<InboxLine> {
  const stream = createReadStream(path, 'utf8');
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (line !== '') yield decodeInboxEntry(line);
    }
  } catch (error) {
    if (!isMissingFile(error)) throw error;
  } finally {
    stream.destroy();
  }
}

function endsWithLineBreak(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last.toString('latin1') === '\n';
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
