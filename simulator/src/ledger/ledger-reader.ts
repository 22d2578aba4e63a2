/** Reads a ledger file entry by entry, with memory for one line at a time. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
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

async function* wholeLines(path: string): AsyncGenerator<string> {
  let held: string | undefined;
  const input = createReadStream(path, { encoding: 'utf8' });
  let endsWhole = false;
  input.on('data', (chunk) => {
    endsWhole = chunk.at(-1) === '\n';
  });
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (held !== undefined) yield held;
    held = line;
  }
  if (held !== undefined && endsWhole) yield held;
}
