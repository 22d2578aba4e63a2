/** Reads a directory of recorded chats: every `.ndjson` and `.ndjson.gz` is one channel. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type LogEntry,
  type LogOutline,
  outlineLog,
  parseLogEntry,
} from '../core/replay/log-entry.ts';
import { LogSchedule } from '../core/replay/log-schedule.ts';
import { type Room, roomsOf } from '../core/room.ts';
import { type Schedule, mergeSchedules } from '../core/schedule.ts';

export interface ReplayOptions {
  readonly directory: string;
  readonly seed: number;
  readonly runId: string;
  /** Only this much of each log, in milliseconds of its own time; `Infinity` for all of it. */
  readonly spanMs: number;
}

export interface Replay {
  readonly rooms: readonly Room[];
  readonly schedule: Schedule;
  /** Lines that will be sent. */
  readonly lines: number;
  /** Length of the longest log within the span, milliseconds. */
  readonly longestMs: number;
  /** Lines of the logs that could not be read and are left out. */
  readonly malformed: number;
}

/**
 * Opens the logs. They stay in memory as bytes and are decoded line by line as they are played.
 * @throws Error where the directory cannot be read or holds no log.
 */
export function openReplay(options: ReplayOptions): Replay {
  const names = readdirSync(options.directory)
    .filter((name) => LOG_NAME.test(name))
    .sort();
  if (names.length === 0) {
    throw new Error(`no .ndjson or .ndjson.gz in ${options.directory}: nothing to replay`);
  }
  const rooms = roomsOf(
    names.map((name) => name.replace(LOG_NAME, '')),
    options.runId,
  );
  const outlines: LogOutline[] = [];
  const schedules = names.map((name, index) => {
    const bytes = readLog(join(options.directory, name));
    const outline = outlineLog(entriesOf(bytes), options.spanMs);
    outlines.push(outline);
    const entries = usable(entriesOf(bytes));
    return new LogSchedule({ room: roomAt(rooms, index), outline, entries, seed: options.seed });
  });
  return {
    rooms,
    schedule: mergeSchedules(schedules),
    lines: outlines.reduce((sum, outline) => sum + outline.count, 0),
    longestMs: Math.max(...outlines.map((outline) => outline.lastMs - outline.firstMs)),
    malformed: outlines.reduce((sum, outline) => sum + outline.malformed, 0),
  };
}

const LOG_NAME = /\.ndjson(\.gz)?$/;
const LINE_FEED = 0x0a;

function readLog(path: string): Buffer {
  const bytes = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

function* entriesOf(bytes: Buffer): Generator<LogEntry | undefined> {
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed === -1 ? bytes.length : feed;
    if (end > start) yield parseLogEntry(bytes.toString('utf8', start, end));
    start = end + 1;
  }
}

function* usable(entries: Iterable<LogEntry | undefined>): Generator<LogEntry> {
  for (const entry of entries) if (entry !== undefined) yield entry;
}

function roomAt(rooms: readonly Room[], index: number): Room {
  const room = rooms[index];
  if (room === undefined) throw new RangeError(`no room ${index}`);
  return room;
}
