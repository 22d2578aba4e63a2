/**
 * Lines of chat are stored in buckets: a document holds the lines of one channel that came between
 * two cuts of the log and are stamped within the same ten seconds (docs/adr/0015).
 *
 * Where the log is cut follows from the log alone: at every tick, at every `BLOCK_RECORDS`th
 * offset, and for one channel where something must look at its stored lines. So whoever folds the
 * same records makes the same buckets under the same keys, and writing one again changes nothing.
 */
import type { StoredMessage } from './stored-message.ts';

export interface LineBucket {
  readonly channelId: string;
  /** As it was when the first line came. */
  readonly channelLogin: string;
  readonly partition: number;
  /** Start of the ten seconds in which all lines are stamped, epoch milliseconds. */
  readonly slotMs: number;
  /** In the order of their offsets, at least one. */
  readonly lines: StoredMessage[];
  /** UTF-16 units of their texts. */
  units: number;
}

/** Buckets that are not cut yet, by channel id; few of a channel, one for each ten seconds. */
export type OpenBuckets = Map<string, LineBucket[]>;

/** A cut comes at the latest after so many records, ticks or not. */
export const BLOCK_RECORDS = 2_048;
/** A document may have 16 MB. */
const BUCKET_LINES_MAX = 1_000;
const BUCKET_UNITS_MAX = 1_000_000;
export const SLOT_MS = 10_000;
const STAMP_DIGITS = 13;
const OFFSET_DIGITS = 12;

/** True when the record at `offset` is the first of a new block, after those before `nextOffset`. */
export function isNewBlock(nextOffset: number, offset: number): boolean {
  return Math.floor(offset / BLOCK_RECORDS) > Math.floor((nextOffset - 1) / BLOCK_RECORDS);
}

/** The start of the ten seconds around a stamp. */
export function slotOf(atMs: number): number {
  return atMs - (atMs % SLOT_MS);
}

/** Adds a line; gives the bucket that it filled, which is no longer open. */
export function addToBucket(
  open: OpenBuckets,
  channel: Pick<LineBucket, 'channelId' | 'channelLogin' | 'partition'>,
  line: StoredMessage,
): LineBucket | null {
  const slotMs = slotOf(line.atMs);
  const own = open.get(channel.channelId);
  const bucket = own?.find((each) => each.slotMs === slotMs);
  if (bucket === undefined) {
    const { channelId, channelLogin, partition } = channel;
    const units = line.text.length;
    const opened = { channelId, channelLogin, partition, slotMs, lines: [line], units };
    if (own === undefined) open.set(channelId, [opened]);
    else own.push(opened);
    return null;
  }
  bucket.lines.push(line);
  bucket.units += line.text.length;
  if (bucket.lines.length < BUCKET_LINES_MAX && bucket.units < BUCKET_UNITS_MAX) return null;
  own?.splice(own.indexOf(bucket), 1);
  return bucket;
}

/** Cuts the buckets of one channel. */
export function cutChannel(open: OpenBuckets, channelId: string): LineBucket[] {
  const buckets = open.get(channelId) ?? [];
  open.delete(channelId);
  return buckets;
}

/** Cuts all buckets. */
export function cutAll(open: OpenBuckets): LineBucket[] {
  const buckets = [...open.values()].flat();
  open.clear();
  return buckets;
}

/** Lines that wait in open buckets. */
export function countOpenLines(open: OpenBuckets): number {
  let count = 0;
  for (const buckets of open.values()) for (const { lines } of buckets) count += lines.length;
  return count;
}

/** The key of a bucket: channel, ten seconds, offset of its first line. */
export function bucketKey({ channelId, slotMs, lines }: LineBucket): string {
  const offset = String(lines[0]?.offset ?? 0).padStart(OFFSET_DIGITS, '0');
  return `${slotKey(channelId, slotMs)}:${offset}`;
}

/** The key of a bucket of one line whose id is long forgotten: the same wherever it comes again. */
export function singleKey(channelId: string, { atMs, id }: StoredMessage): string {
  return `${slotKey(channelId, slotOf(atMs))}:${id}`;
}

/** The keys of all buckets with lines of the channel stamped from `fromMs` to before `toMs`. */
export function keyRange(
  channelId: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): { readonly $gte: string; readonly $lt: string } {
  return { $gte: slotKey(channelId, slotOf(fromMs)), $lt: slotKey(channelId, toMs) };
}

function slotKey(channelId: string, atMs: number): string {
  return `${channelId}:${String(atMs).padStart(STAMP_DIGITS, '0')}`;
}
