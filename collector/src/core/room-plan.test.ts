import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RoomPlan, type PlanDecision, type RoomPlanSettings } from './room-plan.ts';

const SETTINGS: RoomPlanSettings = {
  roomsPerConnection: 3,
  joinTimeoutMs: 1_000,
  joinBackoff: { initialMs: 500, maxMs: 4_000, factor: 2 },
  refusalBackoff: { initialMs: 500, maxMs: 4_000, factor: 2 },
  connectBackoff: { initialMs: 200, maxMs: 2_000, factor: 2 },
  joins: { tokens: 4, windowMs: 1_000 },
  joinScope: 'process',
  connects: { tokens: 1, windowMs: 100 },
  overlapMs: 500,
};
const STEP_MS = 50;
const HALF = 0.5;

/** A plan with the world around it: what the server has, and a clock that is moved by hand. */
class World {
  readonly plan: RoomPlan;
  readonly settings: RoomPlanSettings;
  nowMs = 0;
  wanted = new Set<string>();
  /** Rooms by connection, as the server has them. */
  readonly server = new Map<number, Set<string>>();
  readonly joinTimes: { connection: number; atMs: number }[] = [];
  readonly connectTimes: number[] = [];
  /** Joins that the server has not answered. */
  readonly unanswered: { connection: number; login: string }[] = [];
  readonly decisions: PlanDecision[] = [];

  constructor(settings: Partial<RoomPlanSettings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
    this.plan = new RoomPlan(this.settings);
  }

  want(...logins: string[]): string[] {
    this.wanted = new Set(logins);
    return this.plan.want(this.wanted);
  }

  step(): readonly PlanDecision[] {
    this.nowMs += STEP_MS;
    const { decisions } = this.plan.decide(this.nowMs, () => HALF);
    for (const decision of decisions) this.#obey(decision);
    this.decisions.push(...decisions);
    this.check();
    return decisions;
  }

  /** The server behaves: everything that it was asked is done and answered. */
  answerAll(): void {
    for (const [id] of this.server) this.plan.connected(id);
    for (const { connection, login } of this.unanswered.splice(0)) {
      if (this.server.get(connection)?.has(login)) this.plan.confirmed(connection, login);
    }
  }

  settle(steps: number): void {
    for (let i = 0; i < steps; i += 1) {
      this.step();
      this.answerAll();
    }
  }

  lose(id: number): string[] {
    this.server.delete(id);
    return this.plan.disconnected(id, this.nowMs, HALF);
  }

  readers(login: string): number[] {
    return [...this.server].filter(([, rooms]) => rooms.has(login)).map(([id]) => id);
  }

  /** What must hold at every moment. */
  check(): void {
    const { roomsPerConnection, joins, connects } = this.settings;
    for (const rooms of this.server.values()) assert.ok(rooms.size <= roomsPerConnection);
    assert.ok(
      mostWithin(
        this.joinTimes.map(({ atMs }) => atMs),
        joins.windowMs,
      ) <= joins.tokens,
    );
    assert.ok(mostWithin(this.connectTimes, connects.windowMs) <= connects.tokens);
  }

  #obey(decision: PlanDecision): void {
    const { connection } = decision;
    const rooms = this.server.get(connection);
    switch (decision.do) {
      case 'connect':
        this.server.set(connection, new Set());
        this.connectTimes.push(this.nowMs);
        return;
      case 'join':
        for (const login of decision.logins) {
          rooms?.add(login);
          this.joinTimes.push({ connection, atMs: this.nowMs });
          this.unanswered.push({ connection, login });
        }
        return;
      case 'part':
        for (const login of decision.logins) rooms?.delete(login);
        return;
      case 'close':
        this.lose(connection);
    }
  }
}

/** The most events in any span of `windowMs`, its end left out. */
function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(
    0,
    ...times.map((from) => times.filter((t) => t >= from && t < from + windowMs).length),
  );
}

describe('RoomPlan', () => {
  it('joins every wanted room, over as many connections as it takes', () => {
    const world = new World();
    world.want('a', 'b', 'c', 'd', 'e', 'f', 'g');
    world.settle(100);
    assert.deepEqual(
      [...world.server.values()].map(({ size }) => size),
      [3, 3, 1],
    );
    assert.equal(world.plan.counts(world.nowMs).confirmed, 7);
    assert.equal(world.plan.allTried(), true);
  });

  it('asks again for a room that is not answered, and tells the server that it left', () => {
    const world = new World();
    world.want('ghost');
    for (let i = 0; i < 100; i += 1) {
      world.step();
      for (const [id] of world.server) world.plan.connected(id);
    }
    const joins = world.decisions.filter((decision) => decision.do === 'join').length;
    const parts = world.decisions.filter((decision) => decision.do === 'part').length;
    assert.ok(joins >= 2 && joins <= 4, `${joins} joins in five seconds`);
    assert.ok(joins - parts <= 1);
  });

  it('ignores a confirmation that comes after its time', () => {
    const world = new World();
    world.want('slow');
    world.settle(1);
    world.step();
    world.step();
    const [join] = world.unanswered.splice(0);
    world.nowMs += SETTINGS.joinTimeoutMs;
    world.step();
    assert.equal(world.plan.confirmed(join?.connection ?? 0, 'slow'), 'unexpected');
    assert.equal(world.plan.isConfirmed('slow'), false);
  });

  it('reads rooms of a lost connection elsewhere, and names those that nobody reads', () => {
    const world = new World();
    world.want('a', 'b', 'c', 'd');
    world.settle(40);
    const [first] = world.server.keys();
    assert.deepEqual(world.lose(first ?? 0).sort(), ['a', 'b', 'c']);
    world.settle(40);
    assert.equal(world.plan.counts(world.nowMs).confirmed, 4);
  });

  it('keeps the old connection after RECONNECT until its rooms are read elsewhere', () => {
    const world = new World();
    world.want('a', 'b');
    world.settle(20);
    const [old] = world.server.keys();
    world.plan.retire(old ?? 0, world.nowMs);
    while (world.readers('a').length < 2) world.settle(1);
    assert.deepEqual(world.plan.counts(world.nowMs).retiring, 1);
    assert.equal(world.plan.isConfirmed('a'), true);
    world.settle(SETTINGS.overlapMs / STEP_MS + 1);
    assert.equal(world.server.has(old ?? 0), false);
    assert.equal(world.plan.counts(world.nowMs).confirmed, 2);
  });

  it('loses nothing when a retiring connection closes after the overlap', () => {
    const world = new World();
    world.want('a');
    world.settle(20);
    const [old] = world.server.keys();
    world.plan.retire(old ?? 0, world.nowMs);
    while (world.readers('a').length < 2) world.settle(1);
    assert.deepEqual(world.lose(old ?? 0), []);
  });

  it('leaves rooms that are no longer wanted and closes what is empty', () => {
    const world = new World();
    world.want('a', 'b');
    world.settle(20);
    assert.deepEqual(world.want('b'), ['a']);
    world.settle(5);
    assert.deepEqual(world.readers('a'), []);
    world.want();
    world.settle(5);
    assert.equal(world.server.size, 0);
  });

  it('counts joins by connection where the limit is by nick', () => {
    const world = new World({ joinScope: 'connection', joins: { tokens: 8, windowMs: 1_000 } });
    world.want('a', 'b', 'c', 'd');
    world.settle(8);
    assert.equal(world.plan.counts(world.nowMs).confirmed, 4);
  });

  it('waits longer before each connection that comes to nothing', () => {
    const world = new World();
    world.want('a');
    for (let i = 0; i < 200; i += 1) {
      for (const decision of world.step()) {
        if (decision.do === 'connect') world.lose(decision.connection);
      }
    }
    const waits = world.connectTimes.slice(1).map((at, i) => at - (world.connectTimes[i] ?? 0));
    assert.ok(waits.length >= 4 && waits.length <= 12, `${waits.length} retries in ten seconds`);
    assert.deepEqual(
      waits,
      waits.toSorted((a, b) => a - b),
    );
  });

  it('comes back from any faults, within its limits all the while', () => {
    const fault = fc.oneof(
      { weight: 6, arbitrary: fc.constant('settle' as const) },
      ...(['step', 'answer', 'lose', 'retire', 'refuse', 'want'] as const).map((name) => ({
        weight: 2,
        arbitrary: fc.constant(name),
      })),
    );
    const logins = fc.uniqueArray(fc.constantFrom(...'abcdefghijk'.split('')), { maxLength: 11 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fault, fc.nat(50), logins), { maxLength: 60 }), (faults) => {
        const world = new World();
        world.want('a', 'b', 'c', 'd', 'e');
        for (const [kind, pick, wanted] of faults) apply(world, kind, { pick, wanted });
        world.settle(400);
        const counts = world.plan.counts(world.nowMs);
        assert.equal(counts.confirmed, world.wanted.size);
        assert.equal(counts.joining, 0);
        for (const login of world.wanted) assert.ok(world.readers(login).length >= 1, login);
        for (const rooms of world.server.values()) {
          for (const login of rooms) assert.ok(world.wanted.has(login), `${login} was left`);
        }
      }),
      { numRuns: 200 },
    );
  });
});

type Fault = 'settle' | 'step' | 'answer' | 'lose' | 'retire' | 'refuse' | 'want';

interface FaultFacts {
  readonly pick: number;
  readonly wanted: string[];
  /** One of the connections. */
  readonly id: number;
}

const FAULTS: Readonly<Record<Fault, (world: World, facts: FaultFacts) => void>> = {
  settle: (world, { pick }) => world.settle(1 + (pick % 5)),
  step: (world) => void world.step(),
  answer: (world) => world.answerAll(),
  lose: (world, { id }) => void world.lose(id),
  retire: (world, { id }) => world.plan.retire(id, world.nowMs),
  want: (world, { wanted }) => void world.want(...wanted),
  refuse: (world, { id }) => {
    const [login] = world.server.get(id) ?? [];
    if (login === undefined) return;
    world.server.get(id)?.delete(login);
    world.plan.refused(id, login, { nowMs: world.nowMs, random: HALF });
  },
};

function apply(world: World, fault: Fault, facts: Omit<FaultFacts, 'id'>): void {
  const ids = [...world.server.keys()];
  FAULTS[fault](world, { ...facts, id: ids[facts.pick % Math.max(1, ids.length)] ?? 0 });
}
