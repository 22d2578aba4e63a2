/** What an earlier process left in the spool's directory, made fit to be drained. */
import type { LedgerFile } from './ledger-file.ts';
import type { SpoolFile, SpoolFiles } from './spool-files.ts';
import { LEDGER_NAME, segmentName, segmentOf, type SpoolPosition } from './spool-ledger.ts';
import { readRecords, WINDOW_BYTES_MAX } from './spool-record.ts';

/** Holds the first record of a segment, unless that one is damaged or unusually long. */
const GLANCE_BYTES = 64 * 1024;

export interface Segment {
  readonly number: number;
  /** Up to here the records are good to be read. */
  bytes: number;
  /** As far as known: 0 for segments of an earlier process. */
  records: number;
  /** Wall time of its first record; null while it has none. */
  firstMs: number | null;
}

export interface Recovered {
  /** Segments with something to drain, oldest first. */
  readonly segments: Segment[];
  /** Segments that were drained, or hold nothing. */
  readonly drained: { readonly name: string; readonly bytes: number }[];
  readonly position: SpoolPosition;
  /** The highest number that a segment ever had, as far as known. */
  readonly lastNumber: number;
}

interface Surroundings {
  readonly files: SpoolFiles;
  readonly listener: { onTorn(bytes: number): void; onTrouble(error: unknown): void };
  readonly nowMs: () => number;
}

/** @throws the disk's error. */
export async function recoverSegments(
  surroundings: Surroundings,
  ledger: LedgerFile,
): Promise<Recovered> {
  const files = await surroundings.files.list();
  const there = files.some(({ name }) => name === LEDGER_NAME);
  const position = (await ledger.load(there)) ?? { segment: 0, offset: 0, index: 0 };
  const found = files
    .map(({ name, bytes }) => ({ number: segmentOf(name), name, bytes }))
    .filter((file): file is typeof file & { number: number } => file.number !== null)
    .sort((a, b) => a.number - b.number);
  const lastNumber = Math.max(position.segment, found.at(-1)?.number ?? 0);
  const segments: Segment[] = [];
  const drained: Recovered['drained'] = [];
  for (const file of found) {
    const isLast = file.number === found.at(-1)?.number;
    const segment = await examine(surroundings, file, isLast);
    const start = file.number === position.segment ? position.offset : 0;
    const isDrained = file.number < position.segment || segment.bytes <= start;
    if (isDrained) drained.push(file);
    else segments.push(segment);
  }
  return { segments, drained, position, lastNumber };
}

async function examine(
  { files, listener, nowMs }: Surroundings,
  { number, bytes }: { number: number; bytes: number },
  isLast: boolean,
): Promise<Segment> {
  const file = await files.open(segmentName(number), 'existing');
  try {
    const firstMs = (await firstTimestampMs(file, bytes)) ?? nowMs();
    // Only the last one may have been cut short: the others were durable before it was made.
    const good = isLast ? await readableBytes(file, bytes) : bytes;
    if (good < bytes) {
      listener.onTorn(bytes - good);
      await cut(file, good).catch((error: unknown) => listener.onTrouble(error));
    }
    return { number, bytes: good, records: 0, firstMs };
  } finally {
    await file.close();
  }
}

async function cut(file: SpoolFile, bytes: number): Promise<void> {
  await file.truncate(bytes);
  await file.sync();
}

async function firstTimestampMs(file: SpoolFile, bytes: number): Promise<number | null> {
  for (const size of [GLANCE_BYTES, WINDOW_BYTES_MAX]) {
    const window = Buffer.allocUnsafe(Math.min(bytes, size));
    const read = window.subarray(0, await file.read(window, 0));
    const { records } = readRecords({ bytes: read, isEnd: true, index: 0, recordsMax: 1 });
    if (records[0] !== undefined) return records[0].timestampMs;
  }
  return null;
}

/** Where the last readable record ends. */
async function readableBytes(file: SpoolFile, bytes: number): Promise<number> {
  const all = Buffer.allocUnsafe(bytes);
  const read = all.subarray(0, await file.read(all, 0));
  return readRecords({ bytes: read, isEnd: true, index: 0, recordsMax: Infinity }).readableEnd;
}
