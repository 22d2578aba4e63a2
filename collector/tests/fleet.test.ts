/** Several collectors on one broker: planned moves, a kill, and a start without Kafka. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { CrestError } from '@crest/shared/errors';
import type { Kafka } from '@crest/shared/kafka/port';
import { partitionForKey } from '@crest/shared/partition';
import { uniqueName } from '@crest/shared/testing/test-servers';
import { chatLine, FakeTwitch, type Room } from './_util/fake-twitch.ts';
import { PARTITIONS, RunningCollector, settingsFor, until } from './_util/running-collector.ts';
import { unreadSpans } from './_util/unread.ts';

/** Two in each partition. */
const ROOMS: readonly Room[] = Array.from({ length: PARTITIONS }, (_, partition) =>
  Array.from({ length: 1000 }, (_, i) => `${7000 + i}`)
    .filter((id) => partitionForKey(id, PARTITIONS) === partition)
    .slice(0, 2)
    .map((id) => ({ login: `room${id}`, id })),
).flat();

/** People who talk in every room until they are told to stop. */
class Crowd {
  readonly said = new Map<string, number>();
  readonly #twitch: FakeTwitch;
  readonly #timer: NodeJS.Timeout;

  constructor(twitch: FakeTwitch) {
    this.#twitch = twitch;
    this.#timer = setInterval(() => this.#speak(), 20);
  }

  /** Speaks no more; what was said is on its way. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #speak(): void {
    for (const room of ROOMS) {
      const id = `m${this.said.size}`;
      const atMs = Date.now();
      this.said.set(id, atMs);
      this.#twitch.say(room.login, chatLine(room, id, { atMs, text: id }));
    }
  }
}

async function wanting(collector: RunningCollector, twitch: FakeTwitch): Promise<void> {
  for (const { login, id } of ROOMS) await collector.want(login, id);
  await until('every room is read', () =>
    ROOMS.every(({ login }) => twitch.readersOf(login).length === 1),
  );
  await until('it is ready', () => collector.app.notReady().length === 0);
}

async function holds(collector: RunningCollector): Promise<number> {
  return collector.metric('crest_collector_partitions_held');
}

async function messageIds(collector: RunningCollector): Promise<Set<string>> {
  return new Set((await collector.eventsOf('chat.message')).map(({ id }) => id));
}

async function assertReadThroughout(collector: RunningCollector): Promise<void> {
  const events = await collector.events();
  for (const { login, id } of ROOMS) assert.deepEqual(unreadSpans(events, id), [], login);
}

/** A collector in a process of its own, which can be killed. */
class ChildCollector {
  readonly #child: ChildProcess;

  constructor(env: Record<string, string>) {
    this.#child = spawn(process.execPath, [new URL('../src/main.ts', import.meta.url).pathname], {
      env: { PATH: process.env['PATH'], ...settingsFor(env) },
      stdio: 'ignore',
    });
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.signalCode === null) await this.kill('SIGKILL');
  }
}

describe('a fleet of collectors', () => {
  it('moves partitions without a gap or a lost line, and joins no room that stays', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    const env = {
      CREST_TWITCH_IRC_URL: twitch.url,
      CREST_KAFKA_TOPIC_PREFIX: `${uniqueName('fleet')}.`,
    };
    await using first = await RunningCollector.start(env);
    await wanting(first, twitch);
    using crowd = new Crowd(twitch);
    await using second = await RunningCollector.start(env);
    await until('both hold a half', async () => {
      return (await holds(first)) === 2 && (await holds(second)) === 2;
    });
    await until('every room has one reader', () =>
      ROOMS.every(({ login }) => twitch.readersOf(login).length === 1),
    );
    for (const { login } of ROOMS) {
      const joins = twitch.joins.filter((joined) => joined === login).length;
      assert.ok(joins <= 2, `${login} was joined ${joins} times`);
    }
    assert.equal(twitch.joins.length, ROOMS.length * 1.5);

    await first.app.stop();
    assert.equal(await holds(second), PARTITIONS);
    assert.ok(ROOMS.every(({ login }) => twitch.readersOf(login).length === 1));
    crowd[Symbol.dispose]();
    await until('every line is stored', async () => {
      return (await messageIds(second)).size === crowd.said.size;
    });
    await assertReadThroughout(second);
    const reasons = (await second.eventsOf('room.unobserved')).map(({ reason }) => reason);
    assert.deepEqual(new Set(reasons), new Set(['handed_over']));
    assert.equal(reasons.length, ROOMS.length);
  });

  it('leaves at once when there is nobody to take over', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using only = await RunningCollector.start({ CREST_TWITCH_IRC_URL: twitch.url });
    await wanting(only, twitch);
    const startedMs = performance.now();
    await only.app.stop();
    assert.ok(performance.now() - startedMs < 5_000);
    const reasons = (await only.eventsOf('room.unobserved')).map(({ reason }) => reason);
    assert.deepEqual(new Set(reasons), new Set(['stopping']));
  });

  it('leaves a gap that holds every lost line when a collector is killed', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    const env = {
      CREST_TWITCH_IRC_URL: twitch.url,
      CREST_KAFKA_TOPIC_PREFIX: `${uniqueName('fleet')}.`,
    };
    await using survivor = await RunningCollector.start(env);
    await using victim = new ChildCollector(env);
    await until('both hold a half', async () => (await holds(survivor)) === 2);
    for (const { login, id } of ROOMS) await survivor.want(login, id);
    await until('every room is read', () =>
      ROOMS.every(({ login }) => twitch.readersOf(login).length === 1),
    );
    using crowd = new Crowd(twitch);
    await until('lines are stored', async () => (await messageIds(survivor)).size > 500);
    await victim.kill('SIGKILL');
    await until('the survivor has them all', async () => (await holds(survivor)) === PARTITIONS);
    await until('every room is read again', () =>
      ROOMS.every(({ login }) => twitch.readersOf(login).length === 1),
    );
    const before = crowd.said.size;
    await until('the crowd speaks again', () => crowd.said.size > before);
    crowd[Symbol.dispose]();
    const [lastId] = [...crowd.said.keys()].slice(-1);
    const lastRead = async (): Promise<boolean> =>
      (await messageIds(survivor)).has(lastId as string);
    await until('the last line is stored', lastRead);
    const events = await survivor.events();
    const stored = await messageIds(survivor);
    let inGaps = 0;
    for (const [i, [id, atMs]] of [...crowd.said].entries()) {
      if (stored.has(id)) continue;
      const room = ROOMS[i % ROOMS.length] as Room;
      const gaps = unreadSpans(events, room.id);
      assert.ok(
        gaps.some(([fromMs, toMs]) => fromMs <= atMs && atMs <= toMs),
        `${id} at ${atMs} lies in no gap: ${JSON.stringify(gaps)}`,
      );
      inGaps += 1;
    }
    assert.ok(inGaps > 0, 'a kill costs something');
    const withGap = ROOMS.filter(({ id }) => unreadSpans(events, id).length > 0);
    assert.equal(withGap.length, ROOMS.length / 2);
  });

  it('waits for Kafka when it starts without it', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    let isAway = true;
    let asked = 0;
    let refusals = 0;
    const away = (kafka: Kafka): Kafka => ({
      ...kafka,
      admin: async () => {
        asked += 1;
        if (isAway) throw new CrestError('KAFKA_UNAVAILABLE', 'outage of the test');
        return kafka.admin();
      },
      consumer: async (options) => {
        refusals += 1;
        if (refusals > 2) return kafka.consumer(options);
        const error = new CrestError('KAFKA_UNAVAILABLE', 'no coordinator yet');
        options.onFailed(error);
        throw error;
      },
    });
    const starting = RunningCollector.start({ CREST_TWITCH_IRC_URL: twitch.url }, away);
    await until('it has asked more than once', () => asked > 2);
    isAway = false;
    await using collector = await starting;
    await wanting(collector, twitch);
  });
});
