import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CrestError } from '@crest/shared/errors';
import type { Kafka } from '@crest/shared/kafka/port';
import { partitionForKey } from '@crest/shared/partition';
import { chatLine, FakeTwitch, type Room } from './_util/fake-twitch.ts';
import { PARTITIONS, RunningCollector, until } from './_util/running-collector.ts';

const HARBOUR: Room = { login: 'harbour', id: '7001' };
const LIGHTHOUSE: Room = { login: 'lighthouse', id: '7002' };
const PIER: Room = { login: 'pier', id: '7003' };
const ROOMS = [HARBOUR, LIGHTHOUSE, PIER];

async function reading(
  twitch: FakeTwitch,
  rooms: readonly Room[],
  env: Record<string, string> = {},
): Promise<RunningCollector> {
  const collector = await RunningCollector.start({ CREST_TWITCH_IRC_URL: twitch.url, ...env });
  for (const { login, id } of rooms) await collector.want(login, id);
  await until('every room is read', () =>
    rooms.every(({ login }) => twitch.readersOf(login).length === 1),
  );
  await until('it is ready', () => collector.app.notReady().length === 0);
  return collector;
}

async function messageIds(collector: RunningCollector, room: Room): Promise<string[]> {
  const messages = await collector.eventsOf('chat.message');
  return messages.filter(({ channelId }) => channelId === room.id).map(({ id }) => id);
}

function lines(room: Room, prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    chatLine(room, `${prefix}${i}`, { atMs: Date.now() - 10_000 + i, text: `line ${i}` }),
  );
}

describe('the collector', () => {
  it('writes every line once, in order, under the id of its channel', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await reading(twitch, ROOMS);
    for (const room of ROOMS) twitch.say(room.login, ...lines(room, room.login, 1000));
    const expected = Array.from({ length: 1000 }, (_, i) => i);
    for (const room of ROOMS) {
      await until(`${room.login} is stored`, async () => {
        return (await messageIds(collector, room)).length >= 1000;
      });
      assert.deepEqual(
        await messageIds(collector, room),
        expected.map((i) => `${room.login}${i}`),
      );
    }
    for (const { partition, event } of await collector.events()) {
      if ('channelId' in event) {
        assert.equal(partition, partitionForKey(event.channelId, PARTITIONS));
      }
    }
  });

  it('says which rooms are read and ticks for every partition, with one generation', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await reading(twitch, ROOMS);
    await until('there are ticks', async () => (await collector.eventsOf('tick')).length > 20);
    const events = await collector.events();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const ticks = events
        .filter((logged) => logged.partition === partition)
        .map(({ event }) => event)
        .filter((event) => event.type === 'tick');
      assert.ok(ticks.length > 3, `ticks of partition ${partition}`);
      assert.equal(new Set(ticks.map(({ generation }) => generation)).size, 1);
      assert.deepEqual(
        ticks.map(({ atMs }) => atMs),
        ticks.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
      );
    }
    const observed = await collector.eventsOf('room.observed');
    assert.deepEqual(observed.map(({ channelLogin }) => channelLogin).sort(), [
      'harbour',
      'lighthouse',
      'pier',
    ]);
    const states = await collector.table(collector.topics.channelsObserved);
    assert.equal((states.get('a/room/7001') as { state: string }).state, 'observed');
    assert.ok(states.has('a/tick/0'));
    assert.deepEqual(collector.app.notReady(), []);
  });

  it('joins again after a cut, and says since when the room was not read', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await reading(twitch, [HARBOUR]);
    twitch.say('harbour', ...lines(HARBOUR, 'before', 10));
    await until(
      'they are stored',
      async () => (await messageIds(collector, HARBOUR)).length === 10,
    );
    const cutAtMs = Date.now();
    twitch.connections[0]?.cut();
    await until('it is read again', () => twitch.readersOf('harbour').length === 1);
    twitch.say('harbour', ...lines(HARBOUR, 'after', 10));
    await until('all is stored', async () => (await messageIds(collector, HARBOUR)).length === 20);

    const [lost] = await collector.eventsOf('room.unobserved');
    assert.equal(lost?.reason, 'connection_lost');
    assert.ok(lost.sinceMs <= cutAtMs && lost.sinceMs <= lost.atMs);
    const observed = await collector.eventsOf('room.observed');
    assert.equal(observed.length, 2);
    assert.ok((observed[1]?.atMs ?? 0) >= cutAtMs);
  });

  it('notices a half-open socket', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await reading(twitch, [HARBOUR], {
      CREST_TWITCH_IDLE_MS: '100',
      CREST_TWITCH_PING_DEADLINE_MS: '300',
    });
    twitch.connections[0]?.freeze();
    await until('another connection reads', () =>
      twitch.connections.slice(1).some(({ rooms }) => rooms.has('harbour')),
    );
    await until('it is said', async () => (await collector.eventsOf('room.observed')).length === 2);
    const [lost] = await collector.eventsOf('room.unobserved');
    assert.equal(lost?.reason, 'connection_lost');
  });

  it('loses and repeats nothing when Twitch asks it to reconnect', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await reading(twitch, [HARBOUR]);
    const [old] = twitch.connections;
    old?.send(':tmi.twitch.tv RECONNECT\r\n');
    let sent = 0;
    await until('both connections read', () => {
      twitch.say('harbour', ...lines(HARBOUR, `overlap${sent}-`, 1));
      sent += 1;
      return twitch.readersOf('harbour').length === 2;
    });
    assert.equal(twitch.say('harbour', ...lines(HARBOUR, 'twice', 5)), 2);
    old?.close();
    await until('the old one is gone', () => twitch.readersOf('harbour').length === 1);
    twitch.say('harbour', ...lines(HARBOUR, 'then', 5));
    await until('all is stored', async () => {
      return (await messageIds(collector, HARBOUR)).includes('then4');
    });
    const ids = await messageIds(collector, HARBOUR);
    assert.equal(ids.length, sent + 10);
    assert.equal(new Set(ids).size, sent + 10);
    assert.deepEqual(await collector.eventsOf('room.unobserved'), []);
    assert.equal((await collector.eventsOf('room.observed')).length, 1);
  });

  it('keeps lines that it cannot read, with the reason', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await reading(twitch, [HARBOUR]);
    twitch.say(
      'harbour',
      '@id=1;room-id=7001',
      'GIBBERISH #harbour :x',
      ...lines(HARBOUR, 'ok', 1),
    );
    await until('the good line is stored', async () => {
      return (await messageIds(collector, HARBOUR)).length === 1;
    });
    await until('the letters are there', async () => (await collector.deadLetters()).length === 2);
    const letters = await collector.deadLetters();
    assert.deepEqual(
      letters.map(({ reason }) => reason),
      ['line has no command', 'command is unknown'],
    );
    assert.equal(
      Buffer.from(letters[1]?.payload ?? '', 'base64').toString(),
      'GIBBERISH #harbour :x',
    );
  });

  it('learns the id of a channel that is wanted by its login', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await RunningCollector.start({ CREST_TWITCH_IRC_URL: twitch.url });
    await until('it is ready', () => collector.app.notReady().length === 0);
    await collector.want('lighthouse', null);
    await until('the entry moved under the id', async () => {
      const wanted = await collector.table(collector.topics.channelsWanted);
      return wanted.get('login:lighthouse') === null && wanted.has('7002');
    });
    twitch.say('lighthouse', ...lines(LIGHTHOUSE, 'x', 3));
    await until('lines are stored', async () => {
      return (await messageIds(collector, LIGHTHOUSE)).length === 3;
    });
    assert.equal((await collector.eventsOf('room.observed')).length, 1);
    assert.deepEqual(await collector.eventsOf('room.unobserved'), []);
    assert.deepEqual(twitch.joins, ['lighthouse']);
  });

  it('leaves a room that nobody wants any more', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await reading(twitch, [HARBOUR, PIER]);
    await collector.unwant(PIER.id);
    await until('it has left', () => twitch.readersOf('pier').length === 0);
    await until('it says so', async () => {
      return (await collector.eventsOf('room.unobserved')).some(
        ({ reason }) => reason === 'unwanted',
      );
    });
    assert.equal(twitch.readersOf('harbour').length, 1);
  });

  it('goes on asking for a room that is refused or not answered, and reads the others', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    twitch.answerJoins('pier', 'silence');
    twitch.answerJoins('lighthouse', 'suspended');
    await using collector = await RunningCollector.start({
      CREST_TWITCH_IRC_URL: twitch.url,
      CREST_TWITCH_JOIN_TIMEOUT_MS: '200',
    });
    for (const { login, id } of ROOMS) await collector.want(login, id);
    await until('the good room is read', () => twitch.readersOf('harbour').length === 1);
    await until('everything was tried', () => collector.app.notReady().length === 0);
    await until(
      'the silent room was waited for',
      async () => (await collector.metric('crest_collector_join_timeouts_total')) >= 1,
    );
    twitch.answerJoins('pier', 'confirm');
    await until('the silent room is read', () => twitch.readersOf('pier').length === 1);
    assert.equal(
      await collector.metric('crest_collector_join_refusals_total{reason="suspended"}'),
      1,
    );
  });

  it('writes what it has read before it stops', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    await using collector = await reading(twitch, [HARBOUR]);
    twitch.say('harbour', ...lines(HARBOUR, 'last', 2000));
    await collector.app.stop();
    assert.equal((await messageIds(collector, HARBOUR)).length, 2000);
    const [end] = await collector.eventsOf('room.unobserved');
    assert.equal(end?.reason, 'stopping');
    const messages = await collector.eventsOf('chat.message');
    assert.ok(messages.every(({ atMs }) => atMs <= (end?.sinceMs ?? 0)));
  });

  it('stops reading while Kafka is away, bounded, and loses nothing', async () => {
    await using twitch = await FakeTwitch.open(ROOMS);
    const outage = new Outage();
    await using collector = await RunningCollector.start(
      { CREST_TWITCH_IRC_URL: twitch.url, CREST_QUEUE_BYTES_MAX: '200000' },
      (kafka) => outage.around(kafka),
    );
    await collector.want(HARBOUR.login, HARBOUR.id);
    await until('it is ready', () => twitch.readersOf('harbour').length === 1);
    outage.begin();
    const sent = 20_000;
    for (let i = 0; i < 20; i += 1) twitch.say('harbour', ...lines(HARBOUR, `${i}-`, sent / 20));
    await until('the queue is full', async () => {
      return (await collector.metric('crest_collector_queue_full_total')) === 1;
    });
    await until('Kafka is missed', () => {
      return collector.app.notReady().includes('Kafka does not take records');
    });
    const heldMs = Date.now();
    // A frame that was being read when the bound was hit is still taken.
    assert.ok((await collector.metric('crest_collector_queue_bytes')) < 2_000_000);
    outage.end();
    await until('everything is stored', async () => {
      return (await messageIds(collector, HARBOUR)).length >= sent;
    });
    assert.equal(new Set(await messageIds(collector, HARBOUR)).size, sent);
    await until('it ticks again', async () => {
      return (await collector.eventsOf('tick')).some(({ atMs }) => atMs > heldMs);
    });
    assert.deepEqual(await collector.eventsOf('room.unobserved'), []);
  });
});

/** A Kafka whose producers fail while the outage lasts. */
class Outage {
  #isOn = false;

  begin(): void {
    this.#isOn = true;
  }

  end(): void {
    this.#isOn = false;
  }

  around(kafka: Kafka): Kafka {
    return {
      ...kafka,
      producer: async () => {
        const producer = await kafka.producer();
        return {
          close: () => producer.close(),
          send: async (records) => {
            if (this.#isOn) throw new CrestError('KAFKA_UNAVAILABLE', 'outage of the test');
            await producer.send(records);
          },
        };
      },
    };
  }
}
