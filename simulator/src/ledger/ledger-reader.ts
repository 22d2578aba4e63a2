/** Reads a ledger file entry by entry, with memory for one chunk and one line at a time. */
import { createReadStream } from 'node:fs';
import { type LedgerEntry, parseLedgerEntry } from './ledger-line.ts';

/**
 * The entries of a ledger in the order written. A last line without its line feed is one that is
 * still being written and is left out.
 * @throws Error with file and line number where another line is malformed.
 */
export async function* readLedger(path: string): AsyncGenerator<LedgerEntry> {
  let number = 0;
  for await (const line of wholeLines(path)) {
    number += 1;
    const parsed = parseLedgerEntry(line);
    if (!parsed.ok) throw new Error(`ledger ${path}, line ${number}: ${parsed.reason}`);
    yield parsed.value;
  }
}

/** Splits at line feeds only: `node:readline` also splits at U+2028, which chat may contain. */
async function* wholeLines(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
