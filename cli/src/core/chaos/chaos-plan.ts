/** What `crest up` may do to a run on purpose, and which of it comes next: a function of the seed. */
import { SeededRandom } from '@crest/simulator/core/seeded-random';
import { PAIRS, type Pair } from './pairs.ts';

export const TARGETS = ['collector', 'processor', 'alerter', 'kafka', 'mongodb'] as const;
/** What can be killed or paused. */
export type Target = (typeof TARGETS)[number];

/** One kind of act that may come up. */
export type ChaosChoice =
  | { readonly kind: 'kill' | 'pause'; readonly target: Target }
  | { readonly kind: 'cut'; readonly pair: Pair };

export interface ChaosPlan {
  /** Each comes once in a round. */
  readonly choices: readonly ChaosChoice[];
  /** Wall milliseconds from one act to the next, and from the first line to the first act. */
  readonly everyMs: number;
  /** How long a part is paused, wall milliseconds. */
  readonly pauseForMs: number;
}

export const EVERY_MS = 15_000;
/** Past the session of 6 s after which Kafka gives its partitions to others. */
export const PAUSE_FOR_MS = 8_000;

/** The choices that three lists stand for; a list is null where it was not given. */
export function choicesOf(lists: {
  readonly kill: readonly Target[];
  readonly pause: readonly Target[];
  readonly cut: readonly Pair[];
}): ChaosChoice[] {
  return [
    ...lists.kill.map((target) => ({ kind: 'kill' as const, target })),
    ...lists.pause.map((target) => ({ kind: 'pause' as const, target })),
    ...lists.cut.map((pair) => ({ kind: 'cut' as const, pair })),
  ];
}

/** Names in a list, comma-separated; `all` stands for every one. Undefined for one that is none. */
export function namesIn<T extends string>(text: string, names: readonly T[]): T[] | undefined {
  const words = text.split(',').map((word) => word.trim());
  if (words.includes('all')) return [...names];
  const known = words.map((word) => names.find((name) => name === word));
  return known.every((name) => name !== undefined) ? [...new Set(known)] : undefined;
}

/** The pairs that a plan cuts: they must go through proxies. */
export function pairsCutBy(plan: ChaosPlan | null): Pair[] {
  const cut = plan?.choices.flatMap((choice) => (choice.kind === 'cut' ? [choice.pair] : []));
  return PAIRS.filter((pair) => cut?.includes(pair));
}

/**
 * Draws acts: the same seed gives the same ones in the same order. They come in rounds, each of
 * which has every choice once: so that in a short run nothing is spared and nothing drawn all the
 * time.
 */
export class ChaosDice {
  readonly #random: SeededRandom;
  readonly #choices: readonly ChaosChoice[];
  #round: ChaosChoice[] = [];

  constructor(choices: readonly ChaosChoice[], seed: number) {
    this.#choices = choices;
    this.#random = new SeededRandom(`chaos ${seed}`);
  }

  /** The next choice that can be done now; what cannot waits for its turn. Null where none can. */
  choice(canBeDone: (choice: ChaosChoice) => boolean): ChaosChoice | null {
    if (!this.#round.some(canBeDone)) {
      // Those that could not be done yet stay in front of the next round.
      this.#round.push(...this.#shuffled().filter((choice) => !this.#round.includes(choice)));
    }
    const found = this.#round.find(canBeDone) ?? null;
    if (found !== null) this.#round.splice(this.#round.indexOf(found), 1);
    return found;
  }

  /** One of several processes. */
  process(names: readonly string[]): string {
    return this.#random.pick(names);
  }

  #shuffled(): ChaosChoice[] {
    const left = [...this.#choices];
    const round: ChaosChoice[] = [];
    while (left.length > 0) round.push(...left.splice(this.#random.below(left.length), 1));
    return round;
  }
}
