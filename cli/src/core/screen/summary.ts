/** A table of words and figures for the end of a run, and for other commands. */

/** Rows under a heading, columns as wide as their widest cell; numbers stand on the right. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? '').length)),
  );
  const numeric = heading.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[\d.,–%]*$/.test(row[column] ?? '')),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return numeric[column] === true ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
