/**
 * When each room was read, as the log tells it: recounted in one go from the joins, the ends and the
 * ticks of every reader, to hold recorded gaps against (docs/reference/semantics.md, Observation and
 * gaps). Lines of chat prove moments as well; who keeps those asks only about the edges of gaps.
 */
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import type { RecordsLost } from '@crest/shared/records/records-lost';
import type { RoomObserved, RoomUnobserved } from '@crest/shared/records/room-observed';

/** Event milliseconds, both ends included; a moment has both ends the same. */
export interface ReadSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one generation of a reader set wrote of one room: its joins and ends, in order. */
interface Reader {
  readonly partition: number;
  readonly readerSet: string;
  readonly generation: number;
  readonly words: (RoomObserved | RoomUnobserved | Hole)[];
}

/** Records that a reader lost: what it had vouched for stands, and it vouches again from `toMs` on. */
interface Hole extends ReadSpan {
  readonly type: 'hole';
}

export class ReadingRecount {
  /** By room, then by reader. */
  readonly #rooms = new Map<string, Map<string, Reader>>();
  /** The last tick of a reader, by partition. */
  readonly #ticks = new Map<string, number>();
  /** Partitions with the moments behind which lines prove something again after a loss. */
  readonly #losses = new Set<string>();
  /** The newest generation of a reader set, by partition. */
  readonly #newest = new Map<string, number>();

  /** Takes the next record of a partition. */
  take(partition: number, event: ChannelEvent): void {
    switch (event.type) {
      case 'tick': {
        const key = `${partition} ${readerKey(event)}`;
        this.#ticks.set(key, Math.max(this.#ticks.get(key) ?? 0, event.atMs));
        this.#noteGeneration(partition, event);
        break;
      }
      case 'room.observed':
      case 'room.unobserved':
        this.#readerOf(partition, event).words.push(event);
        this.#noteGeneration(partition, event);
        break;
      case 'records.lost':
        this.#takeLost(partition, event);
        break;
      default:
        break;
    }
  }

  /** Spans in which the room was read; up to Infinity where its newest reader did not end. */
  spansOf(roomId: string): ReadSpan[] {
    const readers = this.#rooms.get(roomId) ?? new Map<string, Reader>();
    return [...readers.values()].flatMap((reader) => this.#spansOfReader(reader));
  }

  /** Whether records were lost up to this moment, from which on lines prove that the room was read. */
  hasLossAt(roomId: string, atMs: number): boolean {
    const readers = [...(this.#rooms.get(roomId)?.values() ?? [])];
    return readers.some(({ partition }) => this.#losses.has(`${partition} ${atMs}`));
  }

  #spansOfReader(reader: Reader): ReadSpan[] {
    const { partition } = reader;
    const { spans, openFromMs } = spansToldBy(reader);
    if (openFromMs === null) return spans;
    const isNewest = this.#newest.get(setKey(partition, reader)) === reader.generation;
    const tickedMs = this.#ticks.get(`${partition} ${readerKey(reader)}`) ?? openFromMs;
    const toMs = isNewest ? Infinity : Math.max(openFromMs, tickedMs);
    return [...spans, { fromMs: openFromMs, toMs }];
  }

  #takeLost(partition: number, lost: RecordsLost): void {
    this.#losses.add(`${partition} ${lost.atMs}`);
    const fromMs = this.#ticks.get(`${partition} ${readerKey(lost)}`) ?? 0;
    for (const readers of this.#rooms.values()) {
      const reader = readers.get(readerKey(lost));
      if (reader?.partition !== partition) continue;
      reader.words.push({ type: 'hole', fromMs, toMs: lost.atMs });
    }
  }

  #readerOf(partition: number, event: RoomObserved | RoomUnobserved): Reader {
    const { channelId, readerSet, generation } = event;
    const readers = this.#rooms.get(channelId) ?? new Map<string, Reader>();
    this.#rooms.set(channelId, readers);
    const key = readerKey(event);
    const reader = readers.get(key) ?? { partition, readerSet, generation, words: [] };
    readers.set(key, reader);
    return reader;
  }

  #noteGeneration(
    partition: number,
    event: { readonly readerSet: string; readonly generation: number },
  ): void {
    const key = setKey(partition, event);
    this.#newest.set(key, Math.max(this.#newest.get(key) ?? 0, event.generation));
  }
}

/** The spans whose ends a reader told, and where one begins that it did not end. */
function spansToldBy({ words }: Reader): { spans: ReadSpan[]; openFromMs: number | null } {
  const spans: ReadSpan[] = [];
  let fromMs: number | null = null;
  for (const word of words) {
    const end = endSaidBy(word);
    if (fromMs !== null && end !== null) spans.push({ fromMs, toMs: Math.max(fromMs, end) });
    if (word.type === 'room.observed') fromMs ??= word.atMs;
    else if (word.type === 'room.unobserved') fromMs = null;
    else if (fromMs !== null) fromMs = Math.max(fromMs, word.toMs);
  }
  return { spans, openFromMs: fromMs };
}

function endSaidBy(word: Reader['words'][number]): number | null {
  switch (word.type) {
    case 'room.unobserved':
      return word.sinceMs;
    case 'hole':
      return word.fromMs;
    default:
      return null;
  }
}

function readerKey(of: { readonly readerSet: string; readonly generation: number }): string {
  return `${of.readerSet} ${of.generation}`;
}

function setKey(partition: number, { readerSet }: { readonly readerSet: string }): string {
  return `${partition} ${readerSet}`;
}
