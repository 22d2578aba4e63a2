import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chatLine, FakeTwitch } from '../../tests/_util/fake-twitch.ts';
import { parseCollectorConfig } from '../config.ts';
import { RoomPlan } from '../core/room-plan.ts';
import { planSettingsOf, poolSettingsOf } from '../settings.ts';
import { IrcPool } from './irc-pool.ts';

const ROOM = { login: 'one', id: '1' };
const OTHER = { login: 'two', id: '2' };
const LINES = 6_000;
const PATIENCE_MS = 20_000;

async function until(what: string, isSo: () => boolean): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (!isSo()) {
    assert.ok(Date.now() < endMs, what);
    await sleep(10);
  }
}

interface Story {
  /** Texts of the lines. */
  readonly read: string[];
  readonly ended: string[];
  /** How far the event clock has leapt. */
  leaptMs: number;
}

/** A pool with a connection for each room. */
function poolOn(twitch: FakeTwitch, story: Story): IrcPool {
  const config = parseCollectorConfig({
    CREST_KAFKA_BROKERS: 'localhost:9092',
    CREST_TWITCH_IRC_URL: twitch.url,
    CREST_TWITCH_ROOMS_PER_CONNECTION: '1',
    CREST_TWITCH_CONNECTION_INTERVAL_MS: '10',
    CREST_TWITCH_OVERLAP_MS: '0',
    CREST_TWITCH_PING_DEADLINE_MS: '2000',
  });
  const pool = new IrcPool({
    plan: new RoomPlan(planSettingsOf(config)),
    ...poolSettingsOf(config),
    listener: {
      onChat: (line) => (line.kind === 'message' ? story.read.push(line.text) : undefined),
      onPlainChat: () => false,
      onUnreadable: () => undefined,
      onCommand: () => undefined,
      onRoomRead: () => undefined,
      onRoomLost: () => undefined,
      onJoinTimeout: () => undefined,
      onJoinRefused: () => undefined,
      onConnectionReady: () => undefined,
      onConnectionEnd: (_, end) => story.ended.push(end),
    },
    nowMs: Date.now,
    eventNowMs: () => Date.now() + story.leaptMs,
    random: Math.random,
  });
  pool.start();
  pool.want(new Set([ROOM.login, OTHER.login]));
  return pool;
}

describe(IrcPool.name, () => {
  it('closes a connection that was told to go when it is read, whoever is waited for', async (t) => {
    await using twitch = await FakeTwitch.open([ROOM, OTHER]);
    const story: Story = { read: [], ended: [], leaptMs: 0 };
    const pool = poolOn(twitch, story);
    t.after(() => pool.stop());
    await until('both rooms are read', () => pool.counts().confirmed === 2);
    const startMs = Date.now();
    assert.equal(await pool.readUpTo(startMs, PATIENCE_MS), startMs);
    pool.pause();
    const [one] = twitch.readersOf(ROOM.login);
    twitch.readersOf(OTHER.login)[0]?.freeze();
    story.leaptMs = 60_000;
    one?.send(':tmi.twitch.tv RECONNECT\r\n');
    for (let i = 0; i < LINES; i += 1) {
      const facts = { atMs: startMs + 1_000 + i, text: `${i} ${'x'.repeat(400)}` };
      one?.send(`${chatLine(ROOM, `id-${i}`, facts)}\r\n`);
    }
    pool.resume();
    await until('the old connection is gone', () => story.ended.includes('asked'));
    assert.deepEqual([story.read.length, story.ended], [LINES, ['dead', 'asked']]);
  });
});
