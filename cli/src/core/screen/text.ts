/** Small forms of text for the screen; all of them one column a character. */

const BARS = '▁▂▃▄▅▆▇█';

/** A line of bars, the highest value full; `width` values at most, the last ones. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const top = Math.max(1, ...shown);
  return shown
    .map((value) => BARS[Math.min(BARS.length - 1, Math.floor((value / top) * BARS.length))] ?? ' ')
    .join('');
}

/** A bar of `width` columns, filled to the share. */
export function progressBar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/** `42 s`, `3 min 05 s`, `2 h 07 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (minutes === 0) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** `420,543`; a dash for what is not known. */
export function count(value: number | null): string {
  if (value === null) return '–';
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `14:03:07`, UTC. */
export function timeOfDay(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(11, 19);
}

/**
 * The text in exactly `width` columns: cut with `…`, filled with blanks. Only characters known to
 * take one column are let through, so that no line ever wraps; others become `?`.
 */
export function fit(text: string, width: number): string {
  const plain = text.replaceAll(/[^\x20-\x7e–…·▁-█░×→●○◐✖]/gu, '?');
  if (plain.length <= width) return plain.padEnd(width);
  return width <= 1 ? plain.slice(0, width) : `${plain.slice(0, width - 1)}…`;
}
