/**
 * `npm run bench -- parse [--json]`: our line parser beside those of three libraries.
 *
 * Every parser yields the same from every line (checked first, line by line). They then take turns in short
 * rounds, so that a noisy machine disturbs all alike, and the median round of each counts.
 */
import { benchLines } from './parse-lines.ts';
import { adapters, type Adapter, TEN_TAGS, type Yield } from './parse-adapters.ts';

const ROUNDS = 41;
const WARM_UP_ROUNDS = 6;
const ROUND_LINES = 30_000;
const FIELDS = ['command', 'channel', 'login', 'text', ...TEN_TAGS];

export interface ParseResult {
  /** Ours against the fastest of the others. */
  readonly ratio: number;
  readonly linesPerSecond: Readonly<Record<string, number>>;
  readonly origin: string;
  readonly lines: number;
  /** Lines left out because not all parsers read them alike; what differed is in `differences`. */
  readonly leftOut: number;
  readonly differences: readonly string[];
}

/** Runs the bench and prints it. Exit code 0, or 1 where no line is read alike by all. */
export async function run(args: readonly string[]): Promise<number> {
  const result = measure();
  if (args.includes('--json')) console.log(JSON.stringify(result));
  else print(result);
  return result.lines > 0 ? 0 : 1;
}

function measure(): ParseResult {
  const { origin, lines } = benchLines();
  const parsers = adapters();
  const differences = lines.flatMap((line, i) => differencesIn(parsers, line, i));
  const alike = lines.filter((line, i) => differencesIn(parsers, line, i).length === 0);
  const times = new Map<string, number[]>(parsers.map(({ name }) => [name, []]));
  for (let round = 0; alike.length > 0 && round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    for (const parser of parsers) {
      const ms = timeRound(parser, alike);
      if (round >= WARM_UP_ROUNDS) times.get(parser.name)?.push(ms);
    }
  }
  const linesPerSecond = Object.fromEntries(
    [...times].map(([name, ms]) => [name, Math.round((ROUND_LINES / median(ms)) * 1000)]),
  );
  const { crest = 0, ...others } = linesPerSecond;
  return {
    ratio: Number((crest / Math.max(...Object.values(others))).toFixed(2)),
    linesPerSecond,
    origin,
    lines: alike.length,
    leftOut: lines.length - alike.length,
    differences,
  };
}

/** One sentence for each parser that reads the line otherwise than ours. */
function differencesIn(parsers: readonly Adapter[], line: string, index: number): string[] {
  const [first, ...others] = parsers.map(({ name, parse }) => ({ name, fields: parse(line) }));
  return others.flatMap(({ name, fields }) => {
    const field = firstDifference(first?.fields ?? null, fields);
    return field === null ? [] : [`line ${index + 1}: ${name} differs in ${field}`];
  });
}

function firstDifference(ours: Yield | null, theirs: Yield | null): string | null {
  if (ours === null && theirs === null) return null;
  if (ours === null || theirs === null) return 'whether it is a line at all';
  const index = ours.findIndex((value, i) => value !== theirs[i]);
  return index === -1 ? null : (FIELDS[index] ?? 'length');
}

/** Milliseconds for `ROUND_LINES` lines. What is yielded is used, so that none of it is optimised away. */
function timeRound({ parse }: Adapter, lines: readonly string[]): number {
  let used = 0;
  const startedMs = performance.now();
  for (let i = 0; i < ROUND_LINES; i += 1) {
    const fields = parse(lines[i % lines.length] as string);
    if (fields !== null) used += fields[3]?.length ?? 0;
  }
  const ms = performance.now() - startedMs;
  if (used === -1) throw new Error('unreachable');
  return ms;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function print(result: ParseResult): void {
  console.log(`${result.lines} lines of ${result.origin}, ${ROUNDS} rounds of ${ROUND_LINES} each`);
  console.table(
    Object.entries(result.linesPerSecond).map(([parser, rate]) => ({
      parser,
      'lines a second': rate.toLocaleString('en'),
      'µs a line': (1e6 / rate).toFixed(2),
    })),
  );
  for (const difference of result.differences) console.log(`left out: ${difference}`);
  console.log(`{"ratio":${result.ratio}}`);
}
