/**
 * What `channel.events` says, read plainly and in one go: the ground of every recount. It knows the
 * words of docs/reference/semantics.md and none of the code that keeps them while it is killed.
 */
import { RoomBook } from '@crest/simulator/recount/room-book';
import type { LedgerLine } from '@crest/simulator/ledger/ledger-line';
import type { CountedSpan } from '@crest/simulator/recount/windows';
import { LATENESS_MS, TOPICS } from './services.ts';
import type { SimKafka } from './sim-kafka.ts';
import { PARTITIONS } from './world.ts';

/** A line of chat, where it stands first. */
export interface LoggedLine {
  readonly roomId: string;
  readonly id: string;
  readonly atMs: number;
  readonly text: string;
  readonly userId: string;
  /** A line written in this room, not a notice and not a copy. */
  readonly isMessage: boolean;
  readonly partition: number;
  readonly offset: number;
  /** Its second was over when it came. */
  readonly isLate: boolean;
  /** Its stamp was put back in time: it proves nothing of when the room was read. */
  readonly isClamped: boolean;
  /** The last moment of which it proves that the room was read, at most its stamp. */
  readonly provesMs: number;
}

export interface LoggedDeletion {
  readonly roomId: string;
  readonly atMs: number;
  /** Null for the whole room. */
  readonly userId: string | null;
}

export interface LoggedRoom {
  readonly book: RoomBook;
  readonly partition: number;
  readonly lines: LoggedLine[];
  readonly deletions: LoggedDeletion[];
  /** The first join: before it a line proves its own moment alone. Null for none. */
  firstMs: number | null;
  /** A line stands before any join, which no collector writes. */
  hasLinesBeforeJoin: boolean;
}

interface Part {
  timeMs: number | null;
  /** Where one record moved time on by more than windows are counted again for. */
  readonly leaps: { readonly fromMs: number; readonly toMs: number }[];
  readonly counters: Map<
    string,
    { phrase: string; spans: { fromMs: number; toMs: number | null }[] }
  >;
}

interface Row {
  readonly type?: string;
  readonly version?: number;
  readonly channelId?: string;
  readonly channelLogin?: string;
  readonly id?: string;
  readonly atMs?: number;
  readonly text?: string;
  readonly userId?: string;
  readonly bits?: number;
  readonly emotes?: number;
  readonly notice?: string;
  readonly mirroredFrom?: object | null;
  readonly targetUserId?: string | null;
  readonly counterId?: string;
  readonly phrase?: string;
  readonly action?: string;
  readonly reason?: string;
  readonly clampedFromMs?: number | null;
  readonly readAtMs?: number;
}

/** So far back windows are counted again when a gap is told (semantics.md). */
const RECOUNT_MS = 3_600_000;
const LINES = ['chat.message', 'chat.notice'];
const TIMED = [...LINES, 'chat.deletion', 'tick'];

export class LogFacts {
  readonly rooms = new Map<string, LoggedRoom>();
  /** Places of records that nobody can read, as `partition/offset`. */
  readonly unreadable = new Set<string>();
  records = 0;
  readonly #parts: Part[] = [];
  readonly #phrases = new Map<string, string>();
  readonly #seen = new Set<string>();
  readonly #unwanted = new Set<string>();

  constructor(kafka: SimKafka) {
    const logs = Array.from({ length: PARTITIONS }, (_, partition) =>
      kafka.log(TOPICS.channelEvents, partition).map(({ value }) => rowOf(value)),
    );
    for (const row of logs.flat()) {
      if (row?.type === 'counter.wanted') this.#phrases.set(row.counterId ?? '', row.phrase ?? '');
    }
    logs.forEach((rows, partition) => {
      this.#parts.push({ timeMs: null, leaps: [], counters: new Map() });
      rows.forEach((row, offset) => this.#take(row, { partition, offset }));
    });
  }

  /** When each counter of a partition counts. */
  counterSpans(partition: number): Map<string, readonly CountedSpan[]> {
    const counters = this.#parts[partition]?.counters ?? new Map<string, never>();
    return new Map([...counters].map(([id, { spans }]) => [id, spans]));
  }

  /** The last second of a partition that is final; before any stamp, -1. */
  finalSecond(partition: number): number {
    return closedBefore(this.#parts[partition]?.timeMs ?? null) - 1;
  }

  /**
   * Whether what ended then was closed by a record that came after more than an hour of silence: a
   * gap in it, which only the next join tells, is told when it is too old to be counted again.
   */
  isClosedTooLate(partition: number, endMs: number): boolean {
    const leaps = this.#parts[partition]?.leaps ?? [];
    return leaps.some(
      ({ fromMs, toMs }) =>
        endMs > fromMs - LATENESS_MS && endMs <= toMs - LATENESS_MS - RECOUNT_MS,
    );
  }

  /** Whether a reader ever said that nobody wants the room: that is no gap, yet it is not read. */
  isEverUnwanted(roomId: string): boolean {
    return this.#unwanted.has(roomId);
  }

  #take(row: Row | null, place: { partition: number; offset: number }): void {
    this.records += 1;
    const part = this.#parts[place.partition];
    if (row === null) this.unreadable.add(`${place.partition}/${place.offset}`);
    else if (part !== undefined) this.#takeRow(row, place, part);
  }

  #takeRow(row: Row, place: { partition: number; offset: number }, part: Part): void {
    const { type = '', atMs = 0 } = row;
    if (LINES.includes(type)) this.#line(row, place, part);
    if (type === 'chat.deletion') this.#deletion(row, place.partition);
    if (type === 'counter.wanted') wantCounter(part, row);
    if (type.startsWith('room.')) this.#observation(row, place.partition);
    if (TIMED.includes(type)) moveTime(part, atMs);
  }

  #line(row: Row, place: { partition: number; offset: number }, { timeMs }: Part): void {
    const { channelId = '', id = '', atMs = 0, text = '', userId = '' } = row;
    const key = `${channelId} ${id}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const room = this.#room(row, place.partition);
    room.book.enter(ledgerLineOf(row));
    const isMessage = row.type === 'chat.message' && row.mirroredFrom === null;
    const isLate = Math.floor(atMs / 1000) < closedBefore(timeMs);
    const isClamped = typeof row.clampedFromMs === 'number';
    const provesMs = Math.min(atMs, row.readAtMs ?? Infinity);
    if (room.firstMs === null) room.hasLinesBeforeJoin = true;
    const facts = { text, userId, isMessage, isLate, isClamped, provesMs };
    room.lines.push({ roomId: channelId, id, atMs, ...place, ...facts });
  }

  #observation(row: Row, partition: number): void {
    if (row.reason === 'unwanted') this.#unwanted.add(row.channelId ?? '');
    if (row.type !== 'room.observed') return;
    const room = this.#room(row, partition);
    const { atMs = 0 } = row;
    room.firstMs = Math.min(room.firstMs ?? atMs, atMs);
  }

  #deletion(row: Row, partition: number): void {
    const { channelId: roomId = '', atMs = 0, targetUserId: userId = null } = row;
    this.#room(row, partition).deletions.push({ roomId, atMs, userId });
  }

  #room({ channelId: id = '', channelLogin: login = '' }: Row, partition: number): LoggedRoom {
    let room = this.rooms.get(id);
    if (room === undefined) {
      const phrases = [...this.#phrases].map(([counterId, phrase]) => ({ counterId, phrase }));
      const book = new RoomBook({ id, login }, phrases);
      const nothing = { firstMs: null, hasLinesBeforeJoin: false };
      room = { book, partition, lines: [], deletions: [], ...nothing };
      this.rooms.set(id, room);
    }
    return room;
  }
}

function rowOf(value: Buffer | null): Row | null {
  try {
    const row = JSON.parse(value?.toString('utf8') ?? '') as Row | number | null;
    return typeof row === 'object' && row?.version === 1 ? row : null;
  } catch {
    return null;
  }
}

function moveTime(part: Part, atMs: number): void {
  const { timeMs } = part;
  if (timeMs !== null && atMs - timeMs > RECOUNT_MS)
    part.leaps.push({ fromMs: timeMs, toMs: atMs });
  part.timeMs = Math.max(timeMs ?? 0, atMs);
}

function closedBefore(timeMs: number | null): number {
  return timeMs === null ? 0 : Math.floor((timeMs - LATENESS_MS) / 1000);
}

function wantCounter({ counters, timeMs }: Part, row: Row): void {
  const { counterId = '', phrase = '', action } = row;
  const counter = counters.get(counterId) ?? { phrase, spans: [] };
  counters.set(counterId, counter);
  const nextMs = timeMs === null ? 0 : (Math.floor(timeMs / 1000) + 1) * 1000;
  const running = counter.spans.find(({ toMs }) => toMs === null);
  if (action === 'start' && running === undefined)
    counter.spans.push({ fromMs: nextMs, toMs: null });
  if (action === 'stop' && running !== undefined) running.toMs = nextMs;
}

function ledgerLineOf(row: Row): LedgerLine {
  return {
    kind: 'line',
    room: row.channelId ?? '',
    id: row.id ?? '',
    atMs: row.atMs ?? 0,
    wallMs: 0,
    command: row.type === 'chat.message' ? 'PRIVMSG' : 'USERNOTICE',
    ...(row.notice === undefined ? {} : { msgId: row.notice }),
    userId: row.userId ?? '',
    text: row.text ?? '',
    bits: row.bits ?? 0,
    emotes: row.emotes ?? 0,
    mirrored: row.mirroredFrom !== null,
    readers: 1,
  };
}
