/** What several commands have in common. */

/** Where runs and their data are kept unless `--data` says otherwise. */
export const DEFAULT_DATA_DIR = '.crest';

/** The examples under a command's help: command line and, where it does not speak for itself, what it does. */
export function examples(...lines: readonly (readonly [line: string, says: string])[]): string {
  const shown = lines.map(([line, says]) => `  ${line}${says === '' ? '' : `    # ${says}`}`);
  return `\nExamples:\n${shown.join('\n')}\n`;
}
