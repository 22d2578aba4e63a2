/**
 * Which connection reads which room, and when to join, part, connect and close: the plan behind
 * the pool of connections. Pure: what happened and the time go in, decisions come out.
 *
 * A room is *wanted* (somebody wants it read) and *confirmed* (a connection's join was answered by
 * a full ROOMSTATE). The plan works towards every wanted room being confirmed, with at most
 * `roomsPerConnection` rooms a connection and never faster than the buckets allow. A room may be
 * confirmed on two connections while one takes over from the other.
 *
 * Rooms hold: wanted, not joined -> joining -> confirmed. A join without an answer, a refusal, a
 * part from outside and a lost connection lead back to the beginning, the first three with back-off.
 * Connections go: connecting -> open -> (retiring) -> gone. A retiring one was told to go (RECONNECT):
 * its rooms are joined elsewhere while it is read until it closes.
 */
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';
import { type BucketSettings, TokenBucket } from '@crest/shared/token-bucket';

export interface RoomPlanSettings {
  readonly roomsPerConnection: number;
  /** A join without an answer for so long is tried again, milliseconds. */
  readonly joinTimeoutMs: number;
  readonly joinBackoff: BackoffPolicy;
  readonly refusalBackoff: BackoffPolicy;
  readonly connectBackoff: BackoffPolicy;
  readonly joins: BucketSettings;
  /** Whom the join limit is counted for: this process, or each connection by itself. */
  readonly joinScope: 'process' | 'connection';
  readonly connects: BucketSettings;
  /** A retiring connection whose rooms are read elsewhere is closed after so long, milliseconds. */
  readonly overlapMs: number;
}

export type PlanDecision =
  | { readonly do: 'connect'; readonly connection: number }
  | { readonly do: 'join'; readonly connection: number; readonly logins: readonly string[] }
  | { readonly do: 'part'; readonly connection: number; readonly logins: readonly string[] }
  | { readonly do: 'close'; readonly connection: number };

export interface PlanStep {
  readonly decisions: readonly PlanDecision[];
  /** Rooms whose join was not answered in time. */
  readonly timedOut: readonly string[];
}

export interface PlanCounts {
  readonly wanted: number;
  readonly confirmed: number;
  readonly joining: number;
  readonly connecting: number;
  readonly open: number;
  readonly retiring: number;
  readonly joinTokens: number;
  readonly connectTokens: number;
}

interface Room {
  readonly login: string;
  /** Connections on which the join was confirmed. */
  readonly readers: Set<number>;
  joining: { readonly connection: number; readonly sinceMs: number } | null;
  /** Not to be joined before. */
  dueAtMs: number;
  /** Joins in a row that came to nothing. */
  failures: number;
  /** A join came to an end, good or bad. */
  wasTried: boolean;
}

type ConnectionState = 'connecting' | 'open' | 'retiring';

interface Connection {
  readonly id: number;
  state: ConnectionState;
  /** Logins joined or being joined here: the seats that are taken. */
  readonly seats: Set<string>;
  readonly joins: TokenBucket;
  /** A join was confirmed here: the connection was good for something. */
  wasUseful: boolean;
  retiringSinceMs: number;
}

export class RoomPlan {
  readonly #settings: RoomPlanSettings;
  readonly #rooms = new Map<string, Room>();
  readonly #connections = new Map<number, Connection>();
  readonly #joins: TokenBucket;
  readonly #connects: TokenBucket;
  /** Parts that are still to be said, by connection. */
  readonly #parts = new Map<number, string[]>();
  #lastConnection = 0;
  #connectFailures = 0;
  #connectDueAtMs = 0;

  constructor(settings: RoomPlanSettings) {
    this.#settings = settings;
    this.#joins = new TokenBucket(settings.joins);
    this.#connects = new TokenBucket(settings.connects);
  }

  /** Sets the wanted rooms; returns the rooms that were read and no longer are. */
  want(logins: ReadonlySet<string>): string[] {
    const dropped: string[] = [];
    for (const room of this.#rooms.values()) {
      if (logins.has(room.login)) continue;
      if (room.readers.size > 0) dropped.push(room.login);
      for (const { id, seats } of this.#connections.values()) {
        if (seats.has(room.login)) this.#leave(id, room.login);
      }
      this.#rooms.delete(room.login);
    }
    for (const login of logins) {
      if (!this.#rooms.has(login)) this.#rooms.set(login, newRoom(login));
    }
    return dropped;
  }

  /** The connection is logged in. */
  connected(id: number): void {
    const connection = this.#connections.get(id);
    if (connection?.state === 'connecting') connection.state = 'open';
  }

  /** The connection is gone, however that came. Returns the rooms that nobody reads any more. */
  disconnected(id: number, nowMs: number, random: number): string[] {
    const connection = this.#connections.get(id);
    if (connection === undefined) return [];
    this.#connections.delete(id);
    this.#parts.delete(id);
    if (connection.state !== 'retiring') this.#backOff(connection, nowMs, random);
    return [...connection.seats].filter((login) => {
      const room = this.#rooms.get(login);
      if (room?.joining?.connection === id) room.joining = null;
      return room?.readers.delete(id) === true && room.readers.size === 0;
    });
  }

  /** A full ROOMSTATE came. `first`: nobody read the room until now. */
  confirmed(id: number, login: string): 'first' | 'again' | 'unexpected' {
    const room = this.#rooms.get(login);
    const connection = this.#connections.get(id);
    if (room?.joining?.connection !== id || connection === undefined) return 'unexpected';
    room.joining = null;
    room.failures = 0;
    room.wasTried = true;
    room.readers.add(id);
    connection.wasUseful = true;
    return room.readers.size === 1 ? 'first' : 'again';
  }

  /** A join was refused, or the room was left without our asking. True: nobody reads it any more. */
  refused(id: number, login: string, at: { nowMs: number; random: number }): boolean {
    const room = this.#rooms.get(login);
    if (room === undefined || !this.#connections.get(id)?.seats.delete(login)) return false;
    if (room.joining?.connection === id) room.joining = null;
    const wasRead = room.readers.delete(id);
    this.#postpone(room, this.#settings.refusalBackoff, at);
    return wasRead && room.readers.size === 0;
  }

  /** The server asked us to go elsewhere (RECONNECT). */
  retire(id: number, nowMs: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined || connection.state === 'retiring') return;
    connection.state = 'retiring';
    connection.retiringSinceMs = nowMs;
  }

  isConfirmed(login: string): boolean {
    return (this.#rooms.get(login)?.readers.size ?? 0) > 0;
  }

  /** For every wanted room a join was confirmed, refused or not answered in time. */
  allTried(): boolean {
    return [...this.#rooms.values()].every(({ wasTried }) => wasTried);
  }

  /** What to do now. The caller does all of it, in order. */
  decide(nowMs: number, random: () => number): PlanStep {
    const timedOut = this.#expireJoins(nowMs, random);
    const parts = [...this.#parts].map(([connection, logins]): PlanDecision => ({
      do: 'part',
      connection,
      logins,
    }));
    this.#parts.clear();
    const { joins, seatless, waiting } = this.#assignJoins(nowMs);
    const connects = this.#openConnections(seatless, nowMs);
    const closes = this.#closeIdle(waiting, nowMs);
    return { decisions: [...parts, ...joins, ...connects, ...closes], timedOut };
  }

  counts(nowMs: number): PlanCounts {
    const rooms = [...this.#rooms.values()];
    const connections = [...this.#connections.values()];
    const inState = (state: ConnectionState): number =>
      connections.filter((connection) => connection.state === state).length;
    return {
      wanted: rooms.length,
      confirmed: rooms.filter(({ readers }) => readers.size > 0).length,
      joining: rooms.filter(({ joining }) => joining !== null).length,
      connecting: inState('connecting'),
      open: inState('open'),
      retiring: inState('retiring'),
      joinTokens: this.#joins.available(nowMs),
      connectTokens: this.#connects.available(nowMs),
    };
  }

  #expireJoins(nowMs: number, random: () => number): string[] {
    const timedOut: string[] = [];
    for (const room of this.#rooms.values()) {
      const { joining } = room;
      if (joining === null || nowMs - joining.sinceMs < this.#settings.joinTimeoutMs) continue;
      // The server may have us in the room all the same: say that we are not, so that the seats of
      // a connection are never more than we count.
      this.#leave(joining.connection, room.login);
      room.joining = null;
      this.#postpone(room, this.#settings.joinBackoff, { nowMs, random: random() });
      timedOut.push(room.login);
    }
    return timedOut;
  }

  #assignJoins(nowMs: number): { joins: PlanDecision[]; seatless: number; waiting: number } {
    const joins = new Map<number, string[]>();
    let seatless = 0;
    let waiting = 0;
    for (const room of this.#rooms.values()) {
      if (!this.#needsJoin(room)) continue;
      waiting += 1;
      if (room.dueAtMs > nowMs) continue;
      const connection = this.#seatFor(room.login);
      if (connection === undefined) seatless += 1;
      else if (this.#bucketOf(connection).take(nowMs)) {
        this.#join(connection, room, nowMs);
        const logins = joins.get(connection.id);
        if (logins === undefined) joins.set(connection.id, [room.login]);
        else logins.push(room.login);
      }
    }
    const decisions = [...joins].map(([connection, logins]): PlanDecision => ({
      do: 'join',
      connection,
      logins,
    }));
    return { joins: decisions, seatless, waiting };
  }

  /** No join is under way, and only connections that are going read the room, if any. */
  #needsJoin(room: Room): boolean {
    if (room.joining !== null) return false;
    for (const id of room.readers) {
      if (this.#connections.get(id)?.state === 'open') return false;
    }
    return true;
  }

  #seatFor(login: string): Connection | undefined {
    for (const connection of this.#connections.values()) {
      const isFree = connection.seats.size < this.#settings.roomsPerConnection;
      if (connection.state === 'open' && isFree && !connection.seats.has(login)) return connection;
    }
    return undefined;
  }

  #bucketOf(connection: Connection): TokenBucket {
    return this.#settings.joinScope === 'process' ? this.#joins : connection.joins;
  }

  #join(connection: Connection, room: Room, nowMs: number): void {
    connection.seats.add(room.login);
    room.joining = { connection: connection.id, sinceMs: nowMs };
  }

  #openConnections(seatless: number, nowMs: number): PlanDecision[] {
    const decisions: PlanDecision[] = [];
    const { roomsPerConnection } = this.#settings;
    let missing = seatless;
    for (const { state } of this.#connections.values()) {
      if (state === 'connecting') missing -= roomsPerConnection;
    }
    while (missing > 0 && nowMs >= this.#connectDueAtMs && this.#connects.take(nowMs)) {
      missing -= roomsPerConnection;
      this.#lastConnection += 1;
      this.#connections.set(this.#lastConnection, this.#newConnection(this.#lastConnection));
      decisions.push({ do: 'connect', connection: this.#lastConnection });
    }
    return decisions;
  }

  #closeIdle(waiting: number, nowMs: number): PlanDecision[] {
    const decisions: PlanDecision[] = [];
    for (const connection of this.#connections.values()) {
      const isIdle =
        connection.state === 'retiring'
          ? this.#isRelieved(connection, nowMs)
          : connection.state === 'open' && waiting === 0 && connection.seats.size === 0;
      if (!isIdle) continue;
      connection.state = 'retiring';
      decisions.push({ do: 'close', connection: connection.id });
    }
    return decisions;
  }

  /** The overlap is over and every room is read elsewhere. */
  #isRelieved(connection: Connection, nowMs: number): boolean {
    if (nowMs - connection.retiringSinceMs < this.#settings.overlapMs) return false;
    return [...connection.seats].every((login) => {
      const readers = this.#rooms.get(login)?.readers;
      return readers === undefined || readers.size > (readers.has(connection.id) ? 1 : 0);
    });
  }

  /** Frees the seat and says PART. */
  #leave(id: number, login: string): void {
    this.#connections.get(id)?.seats.delete(login);
    const parts = this.#parts.get(id);
    if (parts === undefined) this.#parts.set(id, [login]);
    else parts.push(login);
  }

  #postpone(room: Room, policy: BackoffPolicy, at: { nowMs: number; random: number }): void {
    room.dueAtMs = at.nowMs + backoffMs(policy, room.failures, at.random);
    room.failures += 1;
    room.wasTried = true;
  }

  /** A connection that read rooms and was lost is replaced soon, one that never did ever later. */
  #backOff(connection: Connection, nowMs: number, random: number): void {
    if (connection.wasUseful) this.#connectFailures = 0;
    const delayMs = backoffMs(this.#settings.connectBackoff, this.#connectFailures, random);
    this.#connectDueAtMs = nowMs + delayMs;
    this.#connectFailures += 1;
  }

  #newConnection(id: number): Connection {
    return {
      id,
      state: 'connecting',
      seats: new Set(),
      joins: new TokenBucket(this.#settings.joins),
      wasUseful: false,
      retiringSinceMs: 0,
    };
  }
}

function newRoom(login: string): Room {
  return { login, readers: new Set(), joining: null, dueAtMs: 0, failures: 0, wasTried: false };
}
