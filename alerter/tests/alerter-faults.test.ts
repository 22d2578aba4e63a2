/** Alerters that stand still, lose their database or their snapshots, and hand partitions over. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rule } from '@crest/shared/domain/rule';
import { testMongoUrl } from '@crest/shared/testing/test-servers';
import { TcpProxy } from '../../cli/src/chaos/tcp-proxy.ts';
import { AlerterWorld, until } from './_util/alerter-world.ts';

const T = 1_800_000_000;
const CHANNELS = ['11', '12', '13', '14'];
/** The least that the broker allows. */
const SESSION = { CREST_KAFKA_SESSION_TIMEOUT_MS: '6000' };
const SHORT_LEASE = { CREST_OUTBOX_LEASE_MS: '5000', CREST_OUTBOX_POLL_INTERVAL_MS: '100' };

function rule(change: Partial<Rule>): Rule {
  return {
    _id: 'rule',
    owner: 'ann',
    target: { kind: 'channels', channelIds: CHANNELS, channelLogins: [] },
    condition: { kind: 'messages', atLeast: 10, withinSeconds: 5 },
    cooldownSeconds: 30,
    destinations: [{ kind: 'sms', phone: '+4915112345678' }],
    enabled: true,
    createdAtMs: 1,
    ...change,
  };
}

async function everywhere(world: AlerterWorld, second: number): Promise<void> {
  for (const id of CHANNELS) await world.count(id, `c${id}`, { second, messages: 10 });
}

function idsOf(world: AlerterWorld): string[] {
  return world.delivered().map(({ messageAttributes }) => messageAttributes['alertId'] ?? '');
}

/** A database that can be taken away from the alerters that use it. */
async function databaseProxy(): Promise<{ proxy: TcpProxy; settings: Record<string, string> }> {
  const url = new URL(testMongoUrl());
  const proxy = await TcpProxy.open({ target: { port: Number(url.port) } });
  url.port = String(proxy.port);
  return { proxy, settings: { CREST_MONGODB_URL: url.href } };
}

describe('an alerter', () => {
  it('that stood still past its session writes over nothing when it wakes', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({}));
    const zombie = await world.start(SESSION);
    await world.watermark(T);
    await everywhere(world, T);
    await world.untilDelivered(4);
    await world.untilSaved();
    zombie.signal('SIGSTOP');
    await world.start(SESSION);
    await world.watermark(T + 20);
    await everywhere(world, T + 30);
    await world.untilDelivered(8);
    await world.untilSaved();
    const before = await world.heads();
    zombie.signal('SIGCONT');
    await until('it has noticed', () =>
      ['partition given up', 'partition taken over by another process'].some((message) =>
        zombie.logged(message),
      ),
    );
    await world.watermark(T + 60);
    await everywhere(world, T + 70);
    await world.untilDelivered(12);
    await world.untilSaved();
    assert.equal(new Set(idsOf(world)).size, 12);
    assert.equal(idsOf(world).length, 12);
    for (const [partition, { epoch, nextOffset }] of await world.heads()) {
      const old = before.get(partition);
      assert.ok(old !== undefined && epoch >= old.epoch && nextOffset >= old.nextOffset);
    }
  });

  it('that stood still in the middle of a send does not send again when it wakes', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(
      rule({ target: { kind: 'channels', channelIds: ['11'], channelLogins: [] } }),
    );
    const zombie = await world.start({ ...SESSION, ...SHORT_LEASE });
    world.sns.faults.set({ rates: { hang: 1 }, actions: ['Publish'] });
    await world.watermark(T);
    await world.count('11', 'c11', { second: T, messages: 10 });
    await until('it is being sent', async () => (await world.outbox())[0]?.state === 'sending');
    zombie.signal('SIGSTOP');
    world.sns.faults.clear();
    await world.start({ ...SESSION, ...SHORT_LEASE });
    await world.untilDelivered(1);
    await until('it is marked', async () => (await world.outbox())[0]?.state === 'sent');
    zombie.signal('SIGCONT');
    await until('it has noticed', () =>
      ['woke too late to send', 'taken over by another process during the send'].some((message) =>
        zombie.logged(message),
      ),
    );
    assert.equal(world.delivered().length, 1);
    const [entry] = await world.outbox();
    assert.deepEqual([entry?.state, entry?.attempts], ['sent', 2]);
  });

  it('whose snapshot is damaged folds the log again and repeats nothing', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({}));
    const alerter = await world.start();
    await world.watermark(T);
    await everywhere(world, T);
    await world.untilDelivered(4);
    await world.watermark(T + 20);
    await world.untilSaved();
    await alerter.kill();
    await world.damageSnapshots();
    // The outbox is no help either: what was told is known from the head of the snapshot.
    await world.database.db.collection('outbox').deleteMany({});
    await everywhere(world, T + 30);
    const heir = await world.start();
    await world.untilDelivered(8);
    await world.watermark(T + 60);
    await world.untilSaved();
    assert.equal(world.delivered().length, 8);
    assert.equal(new Set(idsOf(world)).size, 8);
    assert.equal(await heir.metric('crest_alerter_snapshots_unreadable_total'), 2);
  });

  it('repeats nothing when the database is away for longer than its leases', async () => {
    await using world = await AlerterWorld.open();
    const { proxy, settings } = await databaseProxy();
    try {
      await world.addRules(rule({}));
      const both = { ...settings, ...SHORT_LEASE, CREST_SNS_REQUEST_TIMEOUT_MS: '20000' };
      const alerters = [await world.start(both), await world.start(both)];
      // So long does SNS take that the database goes while all four are being sent.
      world.sns.faults.set({ latencyMs: 1_500 });
      await world.watermark(T);
      await everywhere(world, T);
      await until('all are being sent', async () =>
        (await world.outbox()).every(({ state }) => state === 'sending'),
      );
      await until('there are four', async () => (await world.outbox()).length === 4);
      await proxy.refuse();
      // At least those that were begun: a slow machine may not have begun all of them.
      await until('SNS has some', () => world.delivered().length > 0);
      world.sns.faults.clear();
      await world.watermark(T + 50);
      await everywhere(world, T + 100);
      await until('the leases are over', async () => {
        const entries = await world.outbox();
        return entries.every(({ lease }) => (lease?.untilMs ?? 0) < Date.now() - 1_000);
      });
      for (const alerter of alerters) assert.match(await alerter.notReady(), /does not answer/);
      await proxy.pass();
      await until('all are marked', async () => {
        const entries = await world.outbox();
        return entries.length === 8 && entries.every(({ state }) => state === 'sent');
      });
      for (const alerter of alerters) {
        await until('it is ready', async () => (await alerter.notReady()) === '');
        assert.equal(await alerter.metric('crest_alerter_overtaken_total'), 0);
      }
      assert.equal(world.delivered().length, 8);
      assert.equal(new Set(idsOf(world)).size, 8);
    } finally {
      await proxy.close();
    }
  });

  it('takes up changed rules while partitions move', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({ _id: 'old' }));
    const first = await world.start();
    await world.watermark(T);
    await everywhere(world, T);
    await world.untilDelivered(4);
    await world.watermark(T + 20);
    await world.untilSaved();
    const [second] = await Promise.all([
      world.start(),
      world.replaceRules(rule({ _id: 'new' }), rule({ _id: 'newer', condition: PHRASE })),
    ]);
    await until('the rules are in force', () =>
      [first, second].every(({ lines }) =>
        lines.some(({ msg, rules }) => msg === 'rules changed' && rules === 2),
      ),
    );
    await everywhere(world, T + 30);
    await world.untilDelivered(8);
    await world.watermark(T + 60);
    await world.untilSaved();
    const told = idsOf(world).slice(-4);
    assert.ok(told.every((id) => id.startsWith('new|')));
    assert.equal(new Set(idsOf(world)).size, 8);
  });
});

const PHRASE: Rule['condition'] = { kind: 'phrase', phrase: 'gg', atLeast: 3, withinSeconds: 9 };
