/** Damage to a spool's files while no process runs: torn tails and flipped bytes. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEDGER_NAME, newestSlot, segmentOf } from '../../../collector/src/spool/spool-ledger.ts';
import { encodeRecords, readRecords } from '../../../collector/src/spool/spool-record.ts';

/** Appends the beginning of a record to the last segment. Whether there was one. */
export function tearTail(dir: string, random: () => number): boolean {
  const last = segmentsOf(dir).at(-1);
  if (last === undefined) return false;
  const record = { topic: 'e2e', partition: 0, key: null, value: 'torn', timestampMs: 0 };
  const bytes = encodeRecords([record], 0);
  appendFileSync(join(dir, last), bytes.subarray(0, 1 + Math.floor(random() * (bytes.length - 1))));
  return true;
}

/** Flips a bit of a record that is still to be drained; its number, or null where there is none. */
export function flipBit(dir: string, random: () => number): number | null {
  const names = segmentsOf(dir);
  const name = names[Math.floor(random() * names.length)];
  if (name === undefined) return null;
  const path = join(dir, name);
  const bytes = readFileSync(path);
  const start = drainedIn(dir, segmentOf(name) ?? 0);
  const before = numbersIn(bytes.subarray(start));
  if (before.length === 0) return null;
  const at = start + Math.floor(random() * (bytes.length - start));
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  const after = new Set(numbersIn(bytes.subarray(start)));
  const hit = before.filter((number) => !after.has(number));
  // A bit of a tail that was torn already costs nothing.
  if (hit[0] === undefined) return null;
  if (hit.length > 1) throw new Error(`a flipped bit cost the records ${hit.join(', ')}`);
  writeFileSync(path, bytes);
  return hit[0];
}

function segmentsOf(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => segmentOf(name) !== null)
    .sort();
}

/** Bytes of a segment that are drained. */
function drainedIn(dir: string, segment: number): number {
  if (!readdirSync(dir).includes(LEDGER_NAME)) return 0;
  const position = newestSlot(readFileSync(join(dir, LEDGER_NAME)))?.position;
  if (position === undefined || segment > position.segment) return 0;
  return segment < position.segment ? Infinity : position.offset;
}

function numbersIn(bytes: Buffer): number[] {
  const { records } = readRecords({ bytes, isEnd: true, index: 0, recordsMax: Infinity });
  return records.map(({ value }) => Number.parseInt(String(value), 10));
}
