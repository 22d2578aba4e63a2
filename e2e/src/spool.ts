/**
 * `npm run e2e -- spool`: a process with a spool on a real disk, killed in file operations chosen by the
 * seed; between its lives tails are torn and bits flipped. In the end everything is drained. It must
 * start every time, lose nothing that was acknowledged but the records that were hit, deliver in order
 * within each partition, and count each damage.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@crest/shared/testing/seeded-random';
import { flipBit, tearTail } from './spool/damage.ts';
import { PARTITIONS } from './spool/numbered-records.ts';

const WRITER = join(import.meta.dirname, 'spool', 'writer.ts');
const LIVES = 60;
/** A life opens, writes, drains and dies within so many file operations. */
const OPERATIONS_MAX = 250;
const NUMBERS_PER_LIFE = 1_000_000;

export interface SpoolFigures {
  lives: number;
  killed: number;
  acknowledged: number;
  delivered: number;
  repeated: number;
  /** Acknowledged, not hit by a flipped bit, and not delivered. */
  lost: number;
  outOfOrder: number;
  flipped: number;
  lostToFlips: number;
  tornTails: number;
  /** What the spool said of it. */
  countedTorn: number;
  countedCorrupt: number;
  failedStarts: number;
}

export async function run(options: {
  readonly seed: number;
  readonly json: boolean;
}): Promise<{ ok: boolean; figures: SpoolFigures }> {
  const random = seededRandom(options.seed);
  const dir = mkdtempSync(join(tmpdir(), 'crest-spool-'));
  const story = new Story();
  try {
    for (let life = 0; life < LIVES; life += 1) {
      const dieAt = Math.floor(random() * OPERATIONS_MAX);
      const seed = Math.floor(random() * 2 ** 32);
      story.lived(await live([dir, life * NUMBERS_PER_LIFE, seed, dieAt], story));
      story.damaged(dir, random);
    }
    story.lived(await live([dir, 0, 1, -1], story));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  const figures = story.figures();
  return { ok: isGood(figures), figures };
}

function isGood(figures: SpoolFigures): boolean {
  const { lost, outOfOrder, failedStarts, lostToFlips, flipped, acknowledged, killed } = figures;
  const isCounted = figures.countedTorn + figures.countedCorrupt >= flipped + figures.tornTails;
  const isWhole = lost === 0 && outOfOrder === 0 && failedStarts === 0 && lostToFlips <= flipped;
  return isWhole && isCounted && acknowledged > 0 && killed === LIVES;
}

type Exit = 'killed' | 'ended' | 'failed';

/** Everything that was said and done, over all lives. */
class Story {
  readonly #acknowledged = new Set<number>();
  readonly #delivered = new Set<number>();
  readonly #flipped = new Set<number>();
  readonly #counts = { torn: 0, corrupt: 0, repeated: 0, outOfOrder: 0, tornTails: 0 };
  readonly #exits: Record<Exit, number> = { killed: 0, ended: 0, failed: 0 };
  readonly #highest = new Map<number, number>();

  lived(exit: Exit): void {
    this.#exits[exit] += 1;
  }

  /** Either a torn tail or a flipped bit: both at one place could be told as one. */
  damaged(dir: string, random: () => number): void {
    const chance = random();
    if (chance < 0.3) this.#counts.tornTails += Number(tearTail(dir, random));
    else if (chance < 0.7) {
      const hit = flipBit(dir, random);
      if (hit !== null) this.#flipped.add(hit);
    }
  }

  said(fact: string): void {
    const [what = '', first = '', second = ''] = fact.split(' ');
    if (what === 'acked') this.#acked(Number(first), Number(second));
    else if (what === 'sent') for (const number of first.split(',')) this.#sent(Number(number));
    else if (what === 'torn') this.#counts.torn += 1;
    else if (what === 'corrupt') this.#counts.corrupt += Number(first);
  }

  figures(): SpoolFigures {
    const undelivered = [...this.#acknowledged].filter((number) => !this.#delivered.has(number));
    const lostToFlips = undelivered.filter((number) => this.#flipped.has(number)).length;
    return {
      lives: LIVES + 1,
      killed: this.#exits.killed,
      acknowledged: this.#acknowledged.size,
      delivered: this.#delivered.size,
      repeated: this.#counts.repeated,
      lost: undelivered.length - lostToFlips,
      outOfOrder: this.#counts.outOfOrder,
      flipped: this.#flipped.size,
      lostToFlips,
      tornTails: this.#counts.tornTails,
      countedTorn: this.#counts.torn,
      countedCorrupt: this.#counts.corrupt,
      failedStarts: this.#exits.failed,
    };
  }

  #acked(from: number, to: number): void {
    for (let number = from; number < to; number += 1) this.#acknowledged.add(number);
  }

  #sent(number: number): void {
    if (this.#delivered.has(number)) {
      this.#counts.repeated += 1;
      return;
    }
    this.#delivered.add(number);
    const partition = number % PARTITIONS;
    if (number < (this.#highest.get(partition) ?? -1)) this.#counts.outOfOrder += 1;
    else this.#highest.set(partition, number);
  }
}

/** Runs the writer until it ends, and hands on each whole line that it said. */
function live(args: readonly (string | number)[], story: Story): Promise<Exit> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRITER, ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) story.said(line);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve('killed');
      else resolve(code === 0 ? 'ended' : 'failed');
    });
  });
}
