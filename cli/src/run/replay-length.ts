/** How long the logs of a replay are. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { CliError, EXIT } from '../cli-error.ts';

const LOG_NAME = /\.ndjson(\.gz)?$/;
const STAMP = /"t":(-?\d+)/g;

/**
 * Length of the longest log of the folder, milliseconds of its own time, at most `spanMs`.
 *
 * It may be a little more than what is played (a malformed line counts), never less: the event
 * clock is laid out by it.
 * @throws CliError where the folder cannot be read or holds no log.
 */
export async function longestLogMs(directory: string, spanMs: number): Promise<number> {
  const names = logNames(directory);
  let longestMs = 0;
  for (const name of names) {
    longestMs = Math.max(longestMs, logLengthMs(join(directory, name)));
    await yieldToOthers();
  }
  return Math.min(longestMs, spanMs);
}

function logNames(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => LOG_NAME.test(name));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const message = `${directory} cannot be read (${code ?? 'unknown'}): give --replay a folder of chat logs.`;
    throw new CliError(message, EXIT.usage, { cause });
  }
  if (names.length > 0) return names;
  const message = `${directory} holds no .ndjson or .ndjson.gz: give --replay a folder of chat logs, one channel each.`;
  throw new CliError(message, EXIT.usage);
}

function logLengthMs(path: string): number {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  let firstMs: number | undefined;
  let highestMs = 0;
  for (const [, stamp] of text.matchAll(STAMP)) {
    const atMs = Number(stamp);
    firstMs ??= atMs;
    highestMs = Math.max(highestMs, atMs);
  }
  return firstMs === undefined ? 0 : Math.max(0, highestMs - firstMs);
}
