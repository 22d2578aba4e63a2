/** The alerter as a process, with a real broker, a real database and the pretend SNS. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rule } from '@crest/shared/domain/rule';
import { AlerterWorld, until } from './_util/alerter-world.ts';

const T = 1_800_000_000;

function rule(change: Partial<Rule>): Rule {
  return {
    _id: 'rule',
    owner: 'ann',
    target: { kind: 'channels', channelIds: ['11'], channelLogins: [] },
    condition: { kind: 'messages', atLeast: 10, withinSeconds: 5 },
    cooldownSeconds: 30,
    destinations: [{ kind: 'email', address: 'ann@example.org' }],
    enabled: true,
    createdAtMs: 1,
    ...change,
  };
}

describe('the alerter', () => {
  it('delivers alerts of all three kinds of rules, by email, SMS and theme', async () => {
    await using world = await AlerterWorld.open();
    await world.addThemes({
      _id: 'esports',
      channelIds: [],
      channelLogins: ['bob'],
      followers: [{ kind: 'email', address: 'fan@example.org', subscriber: 'fan' }],
      createdAtMs: 1,
    });
    await world.addRules(
      rule({ _id: 'crowd' }),
      rule({
        _id: 'spike',
        target: { kind: 'theme', theme: 'esports' },
        condition: { kind: 'spike', scoreAtLeast: 6 },
        destinations: [{ kind: 'theme' }],
      }),
      rule({
        _id: 'phrase',
        condition: { kind: 'phrase', phrase: 'Good Game', atLeast: 3, withinSeconds: 10 },
        destinations: [{ kind: 'sms', phone: '+4915112345678' }],
      }),
    );
    await world.start();

    await world.watermark(T);
    await world.count('11', 'ann', { second: T, messages: 6, phrases: { 'good game': 1 } });
    await world.count('11', 'ann', { second: T + 1, messages: 4, phrases: { 'good game': 2 } });
    await world.spike('22', 'bob', T + 2, 7.25);
    await world.spike('22', 'bob', T + 60, 5.9);

    const delivered = await world.untilDelivered(3);
    const texts = new Map(delivered.map((entry) => [entry.destination.endpoint, entry.message]));
    assert.match(texts.get('ann@example.org') ?? '', /^ann had 10 messages in 5 s\n/);
    assert.match(texts.get('fan@example.org') ?? '', /^bob spiked with a score of 7\.3\n/);
    assert.match(
      texts.get('+4915112345678') ?? '',
      /^ann said "Good Game" 3 times in 10 s \(rule phrase, 2027-01-15 08:00:01 UTC\) #[0-9a-f]{8}$/,
    );
    await until('all are marked as sent', async () =>
      (await world.outbox()).every(({ state }) => state === 'sent'),
    );
  });

  it('asks for the counters of phrases in every partition before it is ready', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(
      rule({ condition: { kind: 'phrase', phrase: 'GG', atLeast: 3, withinSeconds: 10 } }),
    );
    const alerter = await world.start();
    const events = (await world.read(world.topics.channelEvents)).map(
      (value) => JSON.parse(value) as { type: string; phrase: string; action: string },
    );
    assert.deepEqual(
      events.map(({ type, phrase, action }) => ({ type, phrase, action })),
      Array(2).fill({ type: 'counter.wanted', phrase: 'gg', action: 'start' }),
    );
    await alerter.kill();
    await world.start();
    assert.equal((await world.read(world.topics.channelEvents)).length, 2);
  });

  it('repeats nothing after a kill, and goes on where it was', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({}));
    const alerter = await world.start();
    await world.watermark(T);
    await world.count('11', 'ann', { second: T, messages: 10 });
    await world.untilDelivered(1);
    // Before the kill: told early, its seconds open. After it: the same seconds final, and more.
    await alerter.kill();
    await world.count('11', 'ann', { second: T, messages: 12 });
    await world.watermark(T + 20);
    await world.start();
    await world.count('11', 'ann', { second: T + 30, messages: 11 });
    const delivered = await world.untilDelivered(2);
    await world.untilSaved();
    assert.equal(world.delivered().length, 2);
    assert.equal(new Set(delivered.map(alertIdOf)).size, 2);
  });

  it('goes on from snapshots, with the sums that it had', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({}));
    const alerter = await world.start();
    await world.watermark(T);
    await world.count('11', 'ann', { second: T, messages: 6 });
    await world.watermark(T + 1);
    await until('time has passed', async () => {
      await world.watermark(T + 1);
      return alerter.logged('snapshot saved');
    });
    await world.untilSaved();
    await alerter.kill();
    await world.start();
    await world.count('11', 'ann', { second: T + 1, messages: 4 });
    const [only] = await world.untilDelivered(1);
    assert.match(only?.message ?? '', /^ann had 10 messages/);
  });

  it('repeats at most the send in flight when killed between publish and mark', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({ destinations: [{ kind: 'sms', phone: '+4915112345678' }] }));
    // SNS takes the message, its answer gets lost: as if killed before the mark.
    world.sns.faults.set({ next: { lose: 10 }, actions: ['Publish'] });
    const alerter = await world.start({ CREST_OUTBOX_LEASE_MS: '1000' });
    await world.watermark(T);
    await world.count('11', 'ann', { second: T, messages: 10 });
    await until('SNS has it', () => world.delivered().length > 0);
    await alerter.kill();
    const before = world.delivered().length;
    world.sns.faults.clear();
    await world.start({ CREST_OUTBOX_LEASE_MS: '1000' });
    await until('it is marked as sent', async () =>
      (await world.outbox()).every(({ state }) => state === 'sent'),
    );
    assert.ok(world.delivered().length <= before + 1);
    assert.equal(new Set(world.delivered().map(alertIdOf)).size, 1);
  });

  it('loses nothing while SNS throttles, fails, hangs or refuses', async () => {
    await using world = await AlerterWorld.open();
    const phones = ['+4915112345671', '+4915112345672', '+4915112345673'];
    await world.addRules(rule({ destinations: phones.map((phone) => ({ kind: 'sms', phone })) }));
    await world.start({ CREST_SNS_REQUEST_TIMEOUT_MS: '200' });
    for (const [i, fault] of (['throttle', 'fail', 'hang', 'refuse'] as const).entries()) {
      world.sns.faults.set({ rates: { [fault]: 1 } });
      const second = T + 100 * i;
      await world.watermark(second);
      await world.count('11', 'ann', { second, messages: 10 });
      await until(`every send has met "${fault}"`, async () => {
        const open = (await world.outbox()).filter(({ state }) => state !== 'sent');
        return open.length === 3 && open.every(({ lastError }) => lastError !== null);
      });
      assert.equal(world.delivered().length, 3 * i);
      world.sns.faults.clear();
      const delivered = await world.untilDelivered(3 * (i + 1));
      const newest = delivered.slice(-3).map((entry) => entry.destination.endpoint);
      assert.deepEqual(newest.sort(), phones);
    }
  });

  it('gives up on a telephone that opted out, and says why', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({ destinations: [{ kind: 'sms', phone: '+4915112345678' }] }));
    world.sns.optOut('+4915112345678');
    await world.start();
    await world.watermark(T);
    await world.count('11', 'ann', { second: T, messages: 10 });
    await until('it is given up', async () => (await world.outbox())[0]?.state === 'failed');
    assert.equal((await world.outbox())[0]?.lastError, 'opted-out');
  });

  it('puts what it cannot read into dead.letters and goes on', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({}));
    await world.start();
    await world.write(world.topics.channelWindows, '11', '{"type":"windows.updated","version":7}');
    await world.watermark(T);
    await world.count('11', 'ann', { second: T, messages: 10 });
    await world.untilDelivered(1);
    const letters = await world.read(world.topics.deadLetters);
    assert.equal(letters.length, 1);
    const letter = JSON.parse(letters[0] ?? '') as { service: string; reason: string };
    assert.equal(letter.service, 'alerter');
    assert.match(letter.reason, /version 7 is unknown/);
  });

  it('takes up a rule that is added while it runs', async () => {
    await using world = await AlerterWorld.open();
    const alerter = await world.start();
    await world.watermark(T);
    await world.addRules(rule({}));
    await until('the rule is in force', () =>
      alerter.lines.some(({ msg, rules }) => msg === 'rules changed' && rules === 1),
    );
    await world.watermark(T + 1);
    await world.count('11', 'ann', { second: T + 2, messages: 10 });
    await world.untilDelivered(1);
  });

  it('passes heartbeats on into the metrics and the database', async () => {
    await using world = await AlerterWorld.open();
    await world.start();
    const beat = { type: 'heartbeat', version: 1, id: 'beat', stages: { collector: 1_000 } };
    await world.write(world.topics.channelWindows, '11', JSON.stringify(beat));
    const notes = world.database.db.collection<{ _id: string; stages: Record<string, number> }>(
      'heartbeats',
    );
    await until('it is noted', async () => {
      const note = await notes.findOne({ _id: 'beat' });
      return note?.stages['collector'] === 1_000 && note.stages['alerter'] !== undefined;
    });
    const metrics = await (await fetch(world.metricsUrl)).text();
    assert.match(metrics, /crest_pipeline_heartbeat_timestamp_seconds\{stage="collector"\} 1\n/);
  });

  it('stops within its time at SIGTERM, with its state saved', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(rule({}));
    const alerter = await world.start({ CREST_SNAPSHOT_INTERVAL_MS: '600000' });
    await world.watermark(T);
    await world.count('11', 'ann', { second: T, messages: 10 });
    await world.untilDelivered(1);
    assert.equal(await alerter.kill('SIGTERM'), 0);
    await world.untilSaved();
  });

  it('shares partitions with a second alerter and repeats nothing when one is killed', async () => {
    await using world = await AlerterWorld.open();
    await world.addRules(
      rule({
        target: { kind: 'channels', channelIds: ['11', '12', '13', '14'], channelLogins: [] },
      }),
    );
    const first = await world.start();
    const second = await world.start();
    const everywhere = async (second: number): Promise<void> => {
      for (const id of ['11', '12', '13', '14']) {
        await world.count(id, `c${id}`, { second, messages: 10 });
      }
    };
    await world.watermark(T);
    await everywhere(T);
    await world.untilDelivered(4);
    await first.kill();
    await world.watermark(T + 20);
    await everywhere(T + 30);
    await world.untilDelivered(8);
    await world.untilSaved();
    assert.equal(world.delivered().length, 8);
    assert.equal(second.exitCode, null);
  });
});

function alertIdOf({ messageAttributes }: { messageAttributes: Record<string, string> }): string {
  return messageAttributes['alertId'] ?? '';
}
