/** The processes of a run: started, killed, paused, stopped and brought back. */
import type { SeededRandom } from '@crest/simulator/core/seeded-random';
import type { Blow, Service } from './faults.ts';
import { GROUPS, startAlerter, startProcessor, type Outside } from './services.ts';
import type { SimMember } from './sim-kafka.ts';
import type { Host } from './virtual-time.ts';

interface Process {
  readonly service: Service;
  readonly slot: number;
  readonly host: Host;
  /** Stops it in good order; null while it starts, and once it is asked to. */
  stop: (() => Promise<void>) | null;
}

interface Entry {
  readonly dueMs: number;
  readonly run: () => void;
}

export interface ProcessesOptions {
  readonly outside: Outside;
  readonly random: SeededRandom;
  /** Says what happened, for traces. */
  readonly note: (line: string) => void;
}

/** So long after it fell silent a member is put out of its group, wall milliseconds. */
const SESSION_MS = 1_500;
const SLOTS_MAX = 3;

export class Processes {
  readonly #options: ProcessesOptions;
  readonly #running: Process[] = [];
  readonly #agenda: Entry[] = [];
  #lives = 0;
  #slots = 0;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** Somebody is to be brought back, or is on the way up or down. */
  get isAwaited(): boolean {
    return this.#agenda.length > 0 || this.#running.some(({ stop }) => stop === null);
  }

  /** When the next thing of the agenda is due; null for none. */
  nextDueMs(): number | null {
    return this.#agenda[0]?.dueMs ?? null;
  }

  /** Does the next thing of the agenda. */
  doNext(): void {
    this.#agenda.shift()?.run();
  }

  /** Starts one more process of a service, or the next life of one. */
  start(service: Service, slot?: number): void {
    this.#lives += 1;
    if (slot === undefined) this.#slots += 1;
    const mine = slot ?? this.#slots;
    const host: Host = { name: `${service}-${mine}.${this.#lives}`, state: 'up' };
    const process: Process = { service, slot: mine, host, stop: null };
    this.#running.push(process);
    this.#options.note(`${host.name} starts`);
    this.#options.outside.time.runs = host;
    const start = service === 'processor' ? startProcessor : startAlerter;
    start(host, this.#options.outside).then(
      (stop) => (process.stop = stop),
      // The supervisor starts it again, as in production.
      () => this.#later(0, () => this.#kill(process, 200)),
    );
  }

  /** Does what the blow says; null where there is nobody to do it to. */
  strike(blow: Blow): 'kills' | 'pauses' | 'stops' | 'moves' | null {
    if (blow.kind === 'move') return this.#move(blow);
    const mine = this.#running.filter(({ service }) => service === blow.service);
    if (blow.kind === 'start') {
      if (mine.length < SLOTS_MAX) this.start(blow.service);
      return null;
    }
    const up = mine.filter(({ host }) => host.state === 'up');
    const process = up[blow.which % Math.max(1, up.length)];
    if (process === undefined) return null;
    this.#options.note(`${process.host.name} is hit: ${blow.kind} for ${blow.forMs} ms`);
    return this.#hit(process, blow);
  }

  #hit(process: Process, { kind, forMs }: Blow): 'kills' | 'pauses' | 'stops' {
    if (kind === 'pause') {
      this.#pause(process, forMs);
      return 'pauses';
    }
    if (kind === 'stop' && process.stop !== null) {
      this.#stop(process, process.stop, forMs);
      return 'stops';
    }
    this.#kill(process, forMs);
    return 'kills';
  }

  #kill(process: Process, forMs: number): void {
    if (process.host.state === 'gone') return;
    this.#options.outside.sns.interrupt(process.host);
    this.#end(process, forMs);
    this.#later(SESSION_MS, () => this.#putOut(process));
  }

  #pause(process: Process, forMs: number): void {
    const { host } = process;
    host.state = 'paused';
    this.#options.outside.sns.interrupt(host);
    this.#later(SESSION_MS, () => {
      if (host.state === 'paused') this.#putOut(process);
    });
    this.#later(forMs, () => this.#resume(process));
  }

  #resume(process: Process): void {
    const { host } = process;
    if (host.state !== 'paused') return;
    host.state = 'up';
    this.#options.note(`${host.name} wakes`);
    // It learns only after a while that the group has gone on without it.
    const member = this.#memberOf(process);
    if (member === undefined) return;
    this.#later(this.#options.random.pick([0, 100, 700, 1_500]), () => {
      if (host.state === 'up') this.#groupOf(process).join(member);
    });
  }

  #stop(process: Process, stop: () => Promise<void>, forMs: number): void {
    process.stop = null;
    this.#options.outside.time.runs = process.host;
    stop().then(
      () => this.#end(process, forMs),
      () => this.#end(process, forMs),
    );
  }

  #end(process: Process, forMs: number): void {
    const { host, service, slot } = process;
    if (host.state === 'gone') return;
    host.state = 'gone';
    this.#running.splice(this.#running.indexOf(process), 1);
    const { time, wire } = this.#options.outside;
    time.forget(host);
    wire.forget(host, () => this.#options.random.chance(0.5));
    this.#later(forMs, () => this.start(service, slot));
  }

  #putOut(process: Process): void {
    const member = this.#memberOf(process);
    if (member === undefined) return;
    const group = this.#groupOf(process);
    if (process.host.state === 'gone') group.everyone.delete(member);
    group.remove(member);
  }

  #move({ service, which }: Blow): 'moves' | null {
    const group = this.#options.outside.kafka.groups.get(GROUPS[service]);
    if (group === undefined || group.members.length < 2) return null;
    this.#options.note(`the ${service}s share anew`);
    group.rebalance((partition) => partition + which + group.generation);
    return 'moves';
  }

  #groupOf({ service }: Process) {
    return this.#options.outside.kafka.group(GROUPS[service]);
  }

  #memberOf(process: Process): SimMember | undefined {
    return [...this.#groupOf(process).everyone].find(({ host }) => host === process.host);
  }

  #later(ms: number, run: () => void): void {
    const dueMs = this.#options.outside.time.nowMs + ms;
    this.#agenda.push({ dueMs, run });
    this.#agenda.sort((a, b) => a.dueMs - b.dueMs);
  }
}
