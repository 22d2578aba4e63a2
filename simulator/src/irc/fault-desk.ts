/** Does the faults of `core/faults.ts` to the connections, and knows those that last. */
import { setTimeout as wait } from 'node:timers/promises';
import { type FaultOrder, MALFORMED_LINES } from '../core/faults.ts';
import type { Refusal } from '../core/irc-session.ts';
import type { SeededRandom } from '../core/seeded-random.ts';
import type { Connection } from './connection.ts';
import type { Hall } from './hall.ts';
import type { IrcServer } from './irc-server.ts';

export interface FaultDeskOptions {
  readonly hall: Hall;
  readonly server: IrcServer;
  readonly random: SeededRandom;
  readonly wallNowMs: () => number;
  /** Ends the waits of faults that last. */
  readonly signal: AbortSignal;
  /** Told of every fault done; once per connection that it befell. */
  readonly onFault: (order: FaultOrder, connection: number | undefined) => void;
}

export class FaultDesk {
  readonly #options: FaultDeskOptions;
  #refuseJoins: { untilMs: number; how: Refusal } | undefined;
  readonly #bannedUntilMs = new Map<string, number>();
  #bendStamps: { untilMs: number; chance: number; byMs: number } | undefined;

  constructor(options: FaultDeskOptions) {
    this.#options = options;
  }

  /** Does a fault; to how many connections. Faults of the whole server count as one. */
  perform(order: FaultOrder): number {
    const { wallNowMs, onFault } = this.#options;
    if (order.fault === 'refuse-joins') {
      this.#refuseJoins = { untilMs: wallNowMs() + order.forMs, how: order.how };
      onFault(order, undefined);
      return 1;
    }
    if (order.fault === 'bend-stamps') {
      this.#bendStamps = { ...order, untilMs: wallNowMs() + order.forMs };
      onFault(order, undefined);
      return 1;
    }
    const victims = this.#victims(order.connections);
    for (const victim of victims) {
      onFault(order, victim.id);
      this.#befall(victim, order);
    }
    return victims.length;
  }

  /** Why joins of this login are refused at present; undefined when they are not. */
  refusalOf(login: string): Refusal | undefined {
    const nowMs = this.#options.wallNowMs();
    if ((this.#bannedUntilMs.get(login) ?? 0) > nowMs) return 'banned';
    const refusing = this.#refuseJoins;
    return refusing !== undefined && refusing.untilMs > nowMs ? refusing.how : undefined;
  }

  /** The stamp that a line of this time carries at present. */
  stampOf(trueMs: number): number {
    const bend = this.#bendStamps;
    if (bend === undefined || bend.untilMs <= this.#options.wallNowMs()) return trueMs;
    return this.#options.random.chance(bend.chance) ? trueMs + bend.byMs : trueMs;
  }

  #victims(wanted: number | 'all'): Connection[] {
    const open = [...this.#options.hall.connections].filter((each) => each.session.rooms.size > 0);
    if (wanted === 'all') return open;
    const victims: Connection[] = [];
    while (victims.length < wanted && open.length > 0) {
      victims.push(...open.splice(this.#options.random.below(open.length), 1));
    }
    return victims;
  }

  #befall(
    victim: Connection,
    order: Exclude<FaultOrder, { fault: 'refuse-joins' | 'bend-stamps' }>,
  ): void {
    if (isCut(order)) {
      cut(victim, order.fault);
      return;
    }
    switch (order.fault) {
      case 'reconnect':
        victim.reply([':tmi.twitch.tv RECONNECT']);
        this.#later(order.afterMs, () => victim.end('fault', false));
        break;
      case 'delay':
        victim.hold();
        this.#later(order.forMs, () => victim.release());
        break;
      case 'duplicate':
      case 'reorder':
        this.#bend(victim, order);
        break;
      case 'malformed':
        victim.reply(this.#malformed(order.lines));
        break;
      case 'ban':
        this.#ban(victim, order.forMs);
        break;
      case 'half-open':
        this.#options.server.freeze(victim);
        break;
    }
  }

  /** As Twitch does it: an own PART that nobody asked for; a join is then answered `msg_banned`. */
  #ban(victim: Connection, forMs: number): void {
    const room = this.#options.random.pick([...victim.session.rooms]);
    this.#bannedUntilMs.set(room.login, this.#options.wallNowMs() + forMs);
    this.#options.server.throwOut(victim, room);
  }

  #bend(
    victim: Connection,
    order: { fault: 'duplicate' | 'reorder'; forMs: number; chance: number },
  ): void {
    const { random, wallNowMs } = this.#options;
    const untilMs = wallNowMs() + order.forMs;
    victim.bend({ kind: order.fault, chance: order.chance, untilMs }, random);
    this.#later(order.forMs, () => victim.straighten(wallNowMs()));
  }

  #malformed(count: number): string[] {
    return Array.from({ length: count }, (_, index) => {
      return MALFORMED_LINES[index % MALFORMED_LINES.length] ?? '';
    });
  }

  #later(afterMs: number, action: () => void): void {
    wait(afterMs, undefined, { signal: this.#options.signal, ref: false }).then(action, () => {
      // Stopped meanwhile: the sockets are gone.
    });
  }
}

type Cut = 'cut' | 'cut-mid-line' | 'cut-mid-frame';

function isCut<T extends { fault: string }>(order: T): order is T & { fault: Cut } {
  return order.fault.startsWith('cut');
}

function cut(victim: Connection, how: Cut): void {
  if (how === 'cut') victim.end('fault', true);
  else victim.cutAtNext(how === 'cut-mid-line' ? 'line' : 'frame');
}
