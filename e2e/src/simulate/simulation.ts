/**
 * One run: processes, their outside and a scheduler that decides what happens next. Everything is
 * drawn from the seed, so that the same seed is the same run, act by act.
 *
 * An act is the smallest thing that can happen: an operation is carried out, its answer is heard, a
 * batch is handed over, an assignment is learnt, records are appended, a timer fires, a process is
 * killed. Between two acts every promise that can settle has settled.
 */
import { SeededRandom } from '@crest/simulator/core/seeded-random';
import type { Blow, FaultPlan, Service } from './faults.ts';
import { Processes } from './processes.ts';
import { restOf } from './rest.ts';
import { TOPICS, type Mutation } from './services.ts';
import { SimKafka, type SimMember } from './sim-kafka.ts';
import { SimSns } from './sim-sns.ts';
import { SimStore } from './sim-store.ts';
import { nextTurn, VirtualTime, type Host } from './virtual-time.ts';
import { Wire, type Operation } from './wire.ts';
import { PARTITIONS, type WorldRecord } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  /** What is written to `channel.events`, by partition. */
  readonly logs: readonly (readonly WorldRecord[])[];
  readonly faults: FaultPlan;
  /** Processes of each service at the start. */
  readonly processes: Readonly<Record<Service, number>>;
  /** Whether everything happens at once and in order: for the run that others are compared with. */
  readonly isCalm: boolean;
  /** Puts documents into the database before anything starts. */
  readonly prepare: (store: SimStore) => void;
  /** Broken on purpose; default: nothing is. */
  readonly mutation?: Mutation | undefined;
  /** Hears every act. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface RunFigures {
  acts: number;
  kills: number;
  pauses: number;
  stops: number;
  moves: number;
  mishaps: number;
}

export interface RunOutcome {
  readonly kafka: SimKafka;
  readonly store: SimStore;
  readonly sns: SimSns;
  readonly figures: RunFigures;
  /** What services said of bugs, and whether it came to rest; empty when all is well. */
  readonly problems: readonly string[];
}

const ACTS_MAX = 12_000;
const START_MS = 1_750_000_000_000;
/** No operation lingers longer than this while time goes on. */
const LINGER_MS = 300;
/** Some are slow by themselves: longer than a snapshot takes to be due, less than a lease. */
const SLOW_SHARE = 0.06;
const SLOW_MS = 1_500;
/** A run that needs more of them will never come to rest. */
const TICKS_MAX = 10;
/** Ticks that say nothing new come so often while the run is waited for to end. */
const TICK_MS = 2_500;

type Act = 'carryOut' | 'answer' | 'deliver' | 'learn' | 'append' | 'time';
const ACT_WEIGHTS: Readonly<Record<Act, number>> = {
  carryOut: 8,
  answer: 8,
  deliver: 3,
  learn: 1,
  append: 2,
  time: 2,
};

/** Runs until everything is at rest. */
export async function simulate(options: RunOptions): Promise<RunOutcome> {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: RunOptions;
  readonly #random: SeededRandom;
  readonly #weights: Readonly<Record<Act, number>>;
  readonly #time: VirtualTime;
  readonly #wire: Wire;
  readonly #kafka = new SimKafka(PARTITIONS);
  readonly #store = new SimStore();
  readonly #sns = new SimSns();
  readonly #processes: Processes;
  readonly #blows: Blow[];
  readonly #appended: number[];
  readonly #figures = { acts: 0, kills: 0, pauses: 0, stops: 0, moves: 0, mishaps: 0 };
  readonly #problems: string[] = [];
  #ticks = 0;
  #tickedAtMs = START_MS;
  /** What was awaited when the last tick was written. */
  #awaits = '';

  constructor(options: RunOptions) {
    this.#options = options;
    this.#random = new SeededRandom(`schedule ${options.seed}`);
    const jitter = new SeededRandom(`jitter ${options.seed}`);
    const fates = new Map(options.faults.mishaps.map(({ operation, fate }) => [operation, fate]));
    this.#weights = options.isCalm ? ACT_WEIGHTS : bentWeights(this.#random);
    this.#time = new VirtualTime(START_MS, () => jitter.fraction());
    this.#wire = new Wire({
      fates,
      random: () => this.#random.fraction(),
      nowMs: () => this.#time.nowMs,
      delayMs: () => this.#slowness(),
    });
    this.#blows = [...options.faults.blows];
    this.#appended = options.logs.map(() => 0);
    this.#processes = new Processes({
      outside: {
        kafka: this.#kafka,
        store: this.#store,
        sns: this.#sns,
        wire: this.#wire,
        time: this.#time,
        mutation: options.mutation ?? {},
        heard: (host, message, facts) => this.#heard(host, message, facts),
        failed: (host, error) => this.#failed(host, error),
      },
      random: this.#random,
      note: (line) => this.#note(null, line),
    });
  }

  async run(): Promise<RunOutcome> {
    const uninstall = this.#time.install();
    // Errors are many and expected here, and their stacks are most of what they cost.
    const { stackTraceLimit } = Error;
    if (this.#options.trace === undefined) Error.stackTraceLimit = 0;
    try {
      this.#options.prepare(this.#store);
      for (const service of ['alerter', 'processor'] as const) {
        for (let i = this.#options.processes[service]; i > 0; i -= 1) {
          this.#processes.start(service);
          await this.#turn();
        }
      }
      while (this.#problems.length === 0 && this.#step()) await this.#turn();
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      uninstall();
    }
    this.#figures.mishaps = this.#options.faults.mishaps.filter(
      ({ operation }) => operation < this.#wire.calls,
    ).length;
    const figures = this.#figures;
    return {
      kafka: this.#kafka,
      store: this.#store,
      sns: this.#sns,
      figures,
      problems: this.#problems,
    };
  }

  async #turn(): Promise<void> {
    await nextTurn();
    this.#time.runs = null;
  }

  /** Does the next thing; false when everything is at rest. */
  #step(): boolean {
    this.#figures.acts += 1;
    if (this.#figures.acts > ACTS_MAX) return this.#stuck(this.#awaited() ?? 'too many acts');
    const blow = this.#blows[0];
    if (blow !== undefined && blow.at <= this.#figures.acts) {
      this.#blows.shift();
      this.#strike(blow);
      return true;
    }
    const acts = this.#possible();
    if (this.#isIdle(acts)) {
      const awaited = this.#awaited();
      if (awaited === null) return false;
      if (this.#ticks >= TICKS_MAX) return this.#stuck(this.#awaits);
      this.#tickOn(awaited);
    }
    this.#do(this.#options.isCalm ? (acts[0] ?? 'time') : this.#choose(acts));
    return true;
  }

  // Nothing is to be done now, and nobody is to be brought back.
  #isIdle(acts: readonly Act[]): boolean {
    if (this.#appendable().length > 0 || this.#processes.isAwaited) return false;
    if (this.#wire.nextDueMs() !== null) return false;
    return acts.every((act) => act === 'time');
  }

  /** What the run is not at rest for; null at rest. */
  #awaited(): string | null {
    const services = this.#options.processes;
    return restOf({ kafka: this.#kafka, store: this.#store, services });
  }

  // Time in the log goes on, as it does in production: some things wait for the next record.
  #tickOn(awaited: string): void {
    if (this.#time.nowMs - this.#tickedAtMs < TICK_MS) return;
    this.#awaits = awaited;
    this.#ticks += 1;
    this.#tickedAtMs = this.#time.nowMs;
    for (const log of this.#options.logs) {
      const last = log.at(-1);
      const timestampMs = this.#time.nowMs;
      if (last !== undefined) {
        this.#kafka.append({ ...last, topic: TOPICS.channelEvents, timestampMs });
      }
    }
  }

  #stuck(why: string): boolean {
    this.#problems.push(`does not come to rest: ${why}`);
    return false;
  }

  /** In the order in which a calm run does them. */
  #possible(): Act[] {
    const acts: Act[] = [];
    const answers = this.#wire.answerable();
    if (answers.length > 0) acts.push('answer');
    const waiting = this.#wire.waiting();
    if (waiting.length > 0) acts.push('carryOut');
    const members = this.#members();
    if (members.some((member) => member.hasNews)) acts.push('learn');
    if (this.#appendable().length > 0) acts.push('append');
    if (members.some((member) => member.deliverable().length > 0)) acts.push('deliver');
    const hurry = [...waiting, ...answers].some(
      ({ fromMs }) => this.#time.nowMs - fromMs >= LINGER_MS,
    );
    if (!hurry || acts.length === 0) acts.push('time');
    return acts;
  }

  #choose(acts: readonly Act[]): Act {
    let left = this.#random.fraction() * acts.reduce((sum, act) => sum + this.#weights[act], 0);
    for (const act of acts) {
      left -= this.#weights[act];
      if (left < 0) return act;
    }
    return 'time';
  }

  #do(act: Act): void {
    switch (act) {
      case 'answer':
        return this.#answer(this.#pick(this.#wire.answerable()));
      case 'carryOut':
        return this.#carryOut(this.#pick(this.#wire.waiting()));
      case 'learn':
        return this.#learn(this.#pick(this.#members().filter((member) => member.hasNews)));
      case 'append':
        return this.#append(this.#pick(this.#appendable()));
      case 'deliver':
        return this.#deliver();
      case 'time':
        return this.#passTime();
    }
  }

  #slowness(): number {
    if (this.#options.isCalm || !this.#random.chance(SLOW_SHARE)) return 0;
    return this.#random.below(SLOW_MS);
  }

  #pick<T>(choices: readonly T[]): T {
    if (this.#options.isCalm && choices[0] !== undefined) return choices[0];
    return this.#random.pick(choices);
  }

  // -- acts -------------------------------------------------------------------------------------------

  #carryOut(operation: Operation): void {
    this.#note(operation.host, `does ${labelOf(operation)}`);
    this.#wire.carryOut(operation);
    // Mostly the answer comes at once; what happens in between is what this is about.
    const isHeard = this.#options.isCalm || this.#random.chance(0.5);
    const mine = this.#wire.answerable().find(({ id }) => id === operation.id);
    if (isHeard && mine !== undefined) this.#answer(mine);
  }

  #answer(operation: Operation): void {
    this.#note(operation.host, `hears of ${labelOf(operation)}`);
    this.#time.runs = operation.host;
    this.#wire.answer(operation);
  }

  #learn(member: SimMember): void {
    this.#note(member.host, 'learns what it holds');
    this.#time.runs = member.host;
    member.learn();
  }

  #append(partition: number): void {
    const log = this.#options.logs[partition] ?? [];
    const from = this.#appended[partition] ?? 0;
    const count = this.#options.isCalm ? log.length : this.#random.between(1, 24);
    const records = log.slice(from, from + count);
    for (const record of records) {
      const timestampMs = this.#time.nowMs;
      this.#kafka.append({ ...record, topic: TOPICS.channelEvents, timestampMs });
    }
    this.#appended[partition] = from + records.length;
    this.#note(null, `${records.length} records to partition ${partition}`);
  }

  #deliver(): void {
    const choices = this.#members().flatMap((member) =>
      member.deliverable().map((place) => ({ member, place })),
    );
    const { member, place } = this.#pick(choices);
    const recordsMax = this.#options.isCalm ? 500 : this.#random.pick([1, 3, 10, 40]);
    this.#note(member.host, `is given up to ${recordsMax} of ${place.topic}/${place.partition}`);
    this.#time.runs = member.host;
    member.deliver(place, recordsMax);
  }

  #passTime(): void {
    const timerMs = this.#time.nextDueMs() ?? Infinity;
    const agendaMs = this.#processes.nextDueMs() ?? Infinity;
    const slowMs = this.#wire.nextDueMs() ?? Infinity;
    if (slowMs < Math.min(timerMs, agendaMs)) {
      this.#time.nowMs = slowMs;
      return;
    }
    if (agendaMs < timerMs) {
      this.#time.nowMs = Math.max(this.#time.nowMs, agendaMs);
      this.#processes.doNext();
      return;
    }
    const host = this.#time.fireNext();
    this.#note(host, 'has its timer');
  }

  #strike(blow: Blow): void {
    const done = this.#processes.strike(blow);
    if (done === null) return;
    this.#figures[done] += 1;
  }

  // -- what there is ----------------------------------------------------------------------------------

  #members(): SimMember[] {
    const all = [...this.#kafka.groups.values()].flatMap((group) => [...group.everyone]);
    return all.filter(({ host }) => host.state === 'up');
  }

  #appendable(): number[] {
    return this.#appended.flatMap((count, partition) =>
      count < (this.#options.logs[partition]?.length ?? 0) ? [partition] : [],
    );
  }

  // -- telling ----------------------------------------------------------------------------------------

  #note(host: Host | null, what: string): void {
    const { trace } = this.#options;
    if (trace === undefined) return;
    const atMs = this.#time.nowMs - START_MS;
    trace(`${this.#figures.acts} ${atMs} ms ${host?.name ?? '-'} ${what}`);
  }

  #heard(host: Host, message: string, facts: unknown): void {
    if (this.#options.trace !== undefined) {
      this.#note(host, `says "${message}" ${JSON.stringify(facts)}`);
    }
  }

  #failed(host: Host, error: Error): void {
    this.#note(host, `cannot go on: ${error.stack ?? error.message}`);
    this.#problems.push(`${host.name} cannot go on: ${error.message}`);
  }
}

function bentWeights(random: SeededRandom): Readonly<Record<Act, number>> {
  const bent = Object.entries(ACT_WEIGHTS).map(([act, weight]): [string, number] => [
    act,
    weight * 2 ** (3 * random.fraction() - 1.5),
  ]);
  return Object.fromEntries(bent) as Record<Act, number>;
}

function labelOf({ id, label, fate }: Operation): string {
  return `${label} [${id}${fate === null ? '' : ` ${fate}`}]`;
}
