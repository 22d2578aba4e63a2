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

/** What a replay will be, before anything is played. */
export interface ReplayOutline {
  /** Names of the logs without their endings, in order. */
  readonly logs: readonly string[];
  /** Lines that will be sent. */
  readonly lines: number;
  /** Length of the longest log within the span, milliseconds. */
  readonly longestMs: number;
  /** Lines of the logs that could not be read and are left out. */
  readonly malformed: number;
}

export interface Replay extends ReplayOutline {
  readonly rooms: readonly Room[];
  readonly schedule: Schedule;
}

/**
 * Opens the logs. They stay in memory as bytes and are decoded line by line as they are played.
 * @throws Error where the directory cannot be read or holds no log.
 */
export function openReplay(options: ReplayOptions): Replay {
  const logs = readLogs(options.directory, options.spanMs);
  const outline = outlineOf(logs);
  const rooms = roomsOf(outline.logs, options.runId);
  const schedules = logs.map((log, index) => {
    const entries = usable(entriesOf(log.bytes));
    const room = roomAt(rooms, index);
    return new LogSchedule({ room, outline: log.outline, entries, seed: options.seed });
  });
  return { ...outline, rooms, schedule: mergeSchedules(schedules) };
}

/**
 * Looks a replay over, to plan with: `longestMs` decides where its clock has to start.
 * @throws Error where the directory cannot be read or holds no log.
 */
export function outlineReplay(directory: string, spanMs: number): ReplayOutline {
  return outlineOf(readLogs(directory, spanMs));
}

interface OpenLog {
  readonly name: string;
  readonly bytes: Buffer;
  readonly outline: LogOutline;
}

function readLogs(directory: string, spanMs: number): OpenLog[] {
  const files = readdirSync(directory)
    .filter((file) => LOG_NAME.test(file))
    .sort();
  if (files.length === 0) {
    throw new Error(`no .ndjson or .ndjson.gz in ${directory}: nothing to replay`);
  }
  return files.map((file) => {
    const bytes = readLog(join(directory, file));
    const outline = outlineLog(entriesOf(bytes), spanMs);
    return { name: file.replace(LOG_NAME, ''), bytes, outline };
  });
}

function outlineOf(logs: readonly OpenLog[]): ReplayOutline {
  return {
    logs: logs.map(({ name }) => name),
    lines: logs.reduce((sum, { outline }) => sum + outline.count, 0),
    longestMs: Math.max(...logs.map(({ outline }) => outline.lastMs - outline.firstMs)),
    malformed: logs.reduce((sum, { outline }) => sum + outline.malformed, 0),
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
