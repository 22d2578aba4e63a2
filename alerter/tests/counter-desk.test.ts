import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { openDatabase, type Database } from '@crest/shared/mongo';
import { testMongoUrl, uniqueName } from '@crest/shared/testing/test-servers';
import { CounterDesk } from '../src/rules/counter-desk.ts';

describe('CounterDesk', () => {
  let database: Database;
  let told: string[];
  const clock = { nowMs: 1_000 };

  before(async () => {
    database = await openDatabase({ url: testMongoUrl(), database: uniqueName('counters') });
  });

  beforeEach(async () => {
    told = [];
    await database.db.collection('countersWanted').deleteMany({});
  });

  after(async () => {
    await database.db.dropDatabase();
    await database.close();
  });

  function newDesk(): CounterDesk {
    const send = (records: readonly OutgoingRecord[]): Promise<void> => {
      for (const { partition, value } of records) {
        const { action, phrase } = JSON.parse(String(value)) as { action: string; phrase: string };
        told.push(`${action} ${phrase} in ${partition}`);
      }
      return Promise.resolve();
    };
    return new CounterDesk({
      db: database.db,
      producer: { send, close: () => Promise.resolve() },
      topic: 'channel.events',
      partitions: 2,
      nowMs: () => clock.nowMs,
    });
  }

  it('starts in every partition what is wanted, once, and stops what is not any more', async () => {
    clock.nowMs = 1_000;
    assert.equal(await newDesk().ensure(new Map([['a', 'gg']]), 1_000), true);
    assert.equal(await newDesk().ensure(new Map([['a', 'gg']]), 2_000), true);
    assert.deepEqual(told.splice(0), ['start gg in 0', 'start gg in 1']);
    assert.equal(await newDesk().ensure(new Map(), 3_000), true);
    assert.deepEqual(told, ['stop gg in 0', 'stop gg in 1']);
  });

  it('leaves a counter alone that was started after its own rules were read', async () => {
    const late = newDesk();
    clock.nowMs = 5_000;
    await newDesk().ensure(new Map([['a', 'gg']]), 5_000);
    told.length = 0;
    // These rules were read before the other alerter had read newer ones.
    assert.equal(await late.ensure(new Map(), 4_000), false);
    assert.deepEqual(told, []);
    assert.equal(await late.ensure(new Map([['a', 'gg']]), 6_000), true);
    assert.deepEqual(told, []);
  });
});
