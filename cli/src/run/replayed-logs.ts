/** How long the logs of a replay are. */
import { outlineReplay } from '@crest/simulator/replay/log-directory';
import { CliError, EXIT } from '../cli-error.ts';

/**
 * Length of the longest log of the folder, milliseconds of its own time, at most `spanMs`.
 * @throws CliError (usage) where the folder cannot be read or holds no log.
 */
export function replayedMs(directory: string, spanMs: number): number {
  try {
    return outlineReplay(directory, spanMs).longestMs;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CliError(
      `The chats of ${directory} cannot be replayed (${why}): give --replay a folder of .ndjson or .ndjson.gz files, one channel each.`,
      EXIT.usage,
      { cause },
    );
  }
}
