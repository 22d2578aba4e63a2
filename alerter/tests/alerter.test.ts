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
});
