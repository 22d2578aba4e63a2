/** Where a command writes: results on stdout, everything said along the way on stderr. */
export interface Output {
  /** Results for people. */
  print(text: string): void;
  /** Results for programs: one JSON document. */
  json(value: unknown): void;
  /** What happens meanwhile. */
  note(text: string): void;
  /** The terminal to draw on; null where stdout is none. */
  readonly terminal: NodeJS.WriteStream | null;
}

export function standardOutput(): Output {
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    terminal: process.stdout.isTTY ? process.stdout : null,
  };
}
