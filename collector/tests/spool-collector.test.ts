/** The whole collector with a spool, on a real broker whose producers fail while an outage lasts. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CrestError, errorCodeOf } from '@crest/shared/errors';
import type { Kafka } from '@crest/shared/kafka/port';
import { uniqueName } from '@crest/shared/testing/test-servers';
import { chatLine, FakeTwitch, type Room } from './_util/fake-twitch.ts';
import { RunningCollector, until } from './_util/running-collector.ts';

const HARBOUR: Room = { login: 'harbour', id: '7001' };
const dir = mkdtempSync(join(tmpdir(), 'crest-collector-spool-'));
after(() => rm(dir, { recursive: true, force: true }));

function lines(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    chatLine(HARBOUR, `${prefix}${i}`, { atMs: Date.now() - 10_000 + i, text: `line ${i}` }),
  );
}

/** Producers fail while it is on. */
function outage(): { isOn: boolean; around(kafka: Kafka): Kafka } {
  const state = {
    isOn: false,
    around: (kafka: Kafka): Kafka => ({
      ...kafka,
      producer: async () => {
        const producer = await kafka.producer();
        return {
          close: () => producer.close(),
          send: async (records) => {
            if (state.isOn) throw new CrestError('KAFKA_UNAVAILABLE', 'outage of the test');
            await producer.send(records);
          },
        };
      },
    }),
  };
  return state;
}

async function messageIds(collector: RunningCollector): Promise<string[]> {
  return (await collector.eventsOf('chat.message')).map(({ id }) => id);
}

describe('the collector with a spool', () => {
  it('reads on while Kafka is away, hands what it spooled to its successor, and loses nothing', async () => {
    await using twitch = await FakeTwitch.open([HARBOUR]);
    const env = {
      CREST_TWITCH_IRC_URL: twitch.url,
      CREST_SPOOL_DIR: join(dir, 'a'),
      CREST_KAFKA_TOPIC_PREFIX: `${uniqueName('spool')}.`,
      // Far less than what is said meanwhile: memory alone could not hold it.
      CREST_QUEUE_BYTES_MAX: '200000',
    };
    const kafka = outage();
    {
      await using collector = await RunningCollector.start(env, (real) => kafka.around(real));
      await collector.want(HARBOUR.login, HARBOUR.id);
      await until('it is ready', () => twitch.readersOf('harbour').length === 1);
      assert.deepEqual(readdirSync(env.CREST_SPOOL_DIR), [], 'nothing touches the disk');
      kafka.isOn = true;
      for (let i = 0; i < 10; i += 1) {
        twitch.say('harbour', ...lines(`a${i}-`, 300));
        await until('it is on the disk', async () => {
          const appended = await collector.metric('crest_collector_spool_appended_total');
          return appended >= 300 * (i + 1);
        });
      }
      assert.equal(await collector.metric('crest_collector_spooling'), 1);
      assert.ok(collector.app.notReady().includes('Kafka does not take records'));
      twitch.say('harbour', ...lines('last', 100));
      await until('the last lines were read', async () => {
        return (await collector.metric('crest_collector_spool_appended_total')) >= 3100;
      });
    }
    assert.ok(readdirSync(env.CREST_SPOOL_DIR).length > 0);
    kafka.isOn = false;
    await using successor = await RunningCollector.start(env, (real) => kafka.around(real));
    await until('everything is stored', async () => {
      return new Set(await messageIds(successor)).size >= 3100;
    });
    const ids = [...new Set(await messageIds(successor))];
    const rounds = Array.from({ length: 10 }, (_, i) => i);
    const expected = rounds.flatMap((i) => Array.from({ length: 300 }, (_, k) => `a${i}-${k}`));
    assert.deepEqual(ids.slice(0, 3000), expected);
    await until('the spool is empty', async () => {
      return (await successor.metric('crest_collector_spool_bytes')) === 0;
    });
    twitch.say('harbour', ...lines('after', 5));
    await until('it sends directly again', async () => {
      const isSpooling = await successor.metric('crest_collector_spooling');
      return isSpooling === 0 && (await messageIds(successor)).includes('after4');
    });
    assert.equal(await successor.metric('crest_collector_spool_corrupt_total'), 0);
  });

  it('refuses to start with a directory that it cannot use', async () => {
    await using twitch = await FakeTwitch.open([HARBOUR]);
    const env = { CREST_TWITCH_IRC_URL: twitch.url, CREST_SPOOL_DIR: '/dev/null/spool' };
    await assert.rejects(
      RunningCollector.start(env),
      (error) => errorCodeOf(error) === 'SPOOL_UNUSABLE',
    );
  });
});
