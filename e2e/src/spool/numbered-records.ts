/** What the writer writes and its parent expects. */
export const PARTITIONS = 4;
export const SEGMENT_BYTES = 8 * 1024;

/** The number and some text, of a length that differs. */
export function valueOf(number: number): string {
  return `${number}:${'chat é 👋 '.repeat(number % 13)}`;
}
