/**
 * The SNS notifier against two SNS: the pretend one, which also breaks on command and shows what it
 * delivered, and moto's server, written by others.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { DeleteTopicCommand } from '@aws-sdk/client-sns';

import type { SnsServer } from '../../simulator/src/sns/server.ts';
import { createSnsServer } from '../../simulator/src/sns/server.ts';
import { ensureMoto, startMoto } from '../../simulator/tests/_util/moto.ts';
import { createTestClient } from '../../simulator/tests/_util/sns-client.ts';
import type { Destination, OutgoingAlert } from '../src/notifiers/notifier.ts';
import { SnsNotifier } from '../src/notifiers/sns/sns-notifier.ts';
import type { SnsSettings } from '../src/notifiers/sns/sns-settings.ts';
import { defaultSnsSettings, sendDurationMaxMs } from '../src/notifiers/sns/sns-settings.ts';
import { subscriberTopicName } from '../src/notifiers/sns/topic-name.ts';

const moto = await ensureMoto();

const phone: Destination = { kind: 'sms', phone: '+4915112345678' };
const theme: Destination = { kind: 'theme', theme: 'speedrun' };
const mailbox: Destination = { kind: 'email', address: 'ann@example.com', subscriber: 'ann' };

function makeAlert(destination: Destination, change: Partial<OutgoingAlert> = {}): OutgoingAlert {
  return {
    alertId: randomUUID(),
    destination,
    subject: 'Spike in #chat',
    body: 'A long text about the spike.',
    smsText: 'A short text.',
    attributes: { channelId: '12' },
    ...change,
  };
}

function settingsFor(endpoint: string, change: Partial<SnsSettings> = {}): SnsSettings {
  const credentials = { accessKeyId: 'pretend', secretAccessKey: 'pretend' };
  return { ...defaultSnsSettings, endpoint, credentials, ...change };
}

/** The lease is held. */
const always = (): boolean => true;

describe('SnsNotifier on the pretend SNS', () => {
  conforms(() => createSnsServer({ autoConfirm: true }));
});

describe('SnsNotifier on moto', { skip: moto.ok ? false : moto.reason }, () => {
  // moto confirms every subscription at once: what waits for people is tested below.
  conforms(() => (moto.ok ? startMoto(moto) : Promise.reject(new Error(moto.reason))));
});

/** What holds with any SNS whose people confirm at once. */
function conforms(start: () => Promise<AsyncDisposable & { readonly url: string }>): void {
  let endpoint: AsyncDisposable & { readonly url: string };
  let notifier: SnsNotifier;

  before(async () => {
    endpoint = await start();
    notifier = new SnsNotifier(settingsFor(endpoint.url), Date.now);
  });
  after(async () => {
    await notifier.close();
    await endpoint[Symbol.asyncDispose]();
  });

  for (const destination of [phone, theme, mailbox]) {
    it(`takes charge of an alert to a destination of kind ${destination.kind}`, async () => {
      const result = await notifier.send(makeAlert(destination), always);
      assert.equal(result.outcome, 'accepted');
      assert.match(result.providerMessageId, /^[0-9a-f-]{36}$/);
    });

    it(`may be asked twice to prepare a destination of kind ${destination.kind}`, async () => {
      await notifier.prepare(destination);
      await notifier.prepare(destination);
      assert.equal((await notifier.send(makeAlert(destination), always)).outcome, 'accepted');
    });
  }

  it('sends many at once', async () => {
    const alerts = Array.from({ length: 20 }, (_, index) =>
      makeAlert({ kind: 'email', address: `many${index % 10}@example.com`, subscriber: 'many' }),
    );
    const results = await Promise.all(alerts.map((alert) => notifier.send(alert, always)));
    assert.deepEqual(new Set(results.map(({ outcome }) => outcome)), new Set(['accepted']));
  });

  it('puts off what would be too many mails to one mailbox at once', async () => {
    const to = { kind: 'email', address: 'busy@example.com', subscriber: 'busy' } as const;
    const alerts = Array.from({ length: 6 }, () => makeAlert(to));
    const results = await Promise.all(alerts.map((alert) => notifier.send(alert, always)));
    const accepted = results.filter(({ outcome }) => outcome === 'accepted');
    const paced = results.filter((each) => each.outcome === 'retry' && each.reason === 'paced');
    assert.deepEqual([accepted.length, paced.length], [4, 2]);
  });

  it('puts a telephone on a theme, also twice', async () => {
    const follower = { kind: 'sms', phone: '+4915112345679' } as const;
    assert.deepEqual(await notifier.follow('speedrun', follower), { outcome: 'following' });
    assert.deepEqual(await notifier.follow('speedrun', follower), { outcome: 'following' });
  });

  it('rejects what is no telephone', async () => {
    const result = await notifier.send(makeAlert({ kind: 'sms', phone: '12345' }), always);
    assert.deepEqual(result, { outcome: 'rejected', reason: 'invalid-destination' });
  });

  it('rejects a text that is too long', async () => {
    const result = await notifier.send(makeAlert(phone, { smsText: 'm'.repeat(1_601) }), always);
    assert.deepEqual(result, { outcome: 'rejected', reason: 'invalid-message' });
  });

  it('makes the subject fit', async () => {
    const subject = `Überraschung 🎉\nin #chat ${'x'.repeat(100)}`;
    assert.equal((await notifier.send(makeAlert(theme, { subject }), always)).outcome, 'accepted');
  });

  it('asks for another try where nobody listens', async () => {
    const nobody = new SnsNotifier(settingsFor('http://127.0.0.1:1'), Date.now);
    const result = await nobody.send(makeAlert(phone), always);
    await nobody.close();
    assert.deepEqual(result, { outcome: 'retry', reason: 'network' });
  });
}

describe(sendDurationMaxMs.name, () => {
  it('adds up every time-out of the longest send', () => {
    const settings = settingsFor('http://127.0.0.1:1', {
      attemptsMax: 2,
      connectionTimeoutMs: 100,
      requestTimeoutMs: 400,
    });
    assert.equal(sendDurationMaxMs(settings), 7 * (2 * 500 + 1_000));
  });
});

describe('what the SNS notifier delivers', () => {
  it('gives each way of telling the text made for it, with the alert id', async () => {
    await using sns = await createSnsServer({ autoConfirm: true });
    await using notifier = open(sns);
    await notifier.follow('speedrun', { kind: 'sms', phone: '+4915112345601' });
    await notifier.follow('speedrun', { kind: 'email', address: 'x@example.com', subscriber: 'x' });
    const alert = makeAlert(theme);
    await notifier.send(alert, always);
    const entries = find(sns).reverse();
    assert.deepEqual(
      entries.map(({ destination, message, subject }) => [destination.protocol, message, subject]),
      [
        ['sms', 'A short text.', 'Spike in #chat'],
        ['email', 'A long text about the spike.', 'Spike in #chat'],
      ],
    );
    assert.deepEqual(entries[0]?.messageAttributes, {
      alertId: alert.alertId,
      channelId: '12',
      'AWS.SNS.SMS.SMSType': 'Transactional',
      'AWS.SNS.SMS.MaxPrice': '0.50',
    });
  });

  it('keeps the two mailboxes of a subscriber apart', async () => {
    await using sns = await createSnsServer({ autoConfirm: true });
    await using notifier = open(sns);
    await notifier.send(makeAlert(mailbox), always);
    await notifier.send(makeAlert({ ...mailbox, address: 'ann@example.org' }), always);
    const endpoints = find(sns).map(({ destination }) => destination.endpoint);
    assert.deepEqual(endpoints, ['ann@example.org', 'ann@example.com']);
  });

  it('finds its topics and subscriptions again after a restart, and asks nobody twice', async () => {
    await using sns = await createSnsServer();
    {
      await using first = open(sns);
      await first.prepare(mailbox);
    }
    const [asked] = await pending(sns);
    await using second = open(sns);
    assert.deepEqual(await second.send(makeAlert(mailbox), always), unconfirmed);
    assert.deepEqual(await pending(sns), [asked]);
    await confirmAll(sns);
    assert.equal((await second.send(makeAlert(mailbox), always)).outcome, 'accepted');
  });
});

describe('an email subscription', () => {
  it('holds alerts back until its owner confirms', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns);
    const alert = makeAlert(mailbox);
    assert.deepEqual(await notifier.send(alert, always), unconfirmed);
    assert.deepEqual(await notifier.send(alert, always), unconfirmed);
    assert.equal(sns.inbox.totals().byOutcome.unconfirmed, 0, 'nothing was published for nobody');
    await confirmAll(sns);
    assert.equal((await notifier.send(alert, always)).outcome, 'accepted');
    assert.equal(find(sns)[0]?.outcome, 'delivered');
  });

  it('is asked for again when its owner let the question expire', async () => {
    let nowMs = 1_000_000;
    await using sns = await createSnsServer({ nowMs: () => nowMs });
    await using notifier = open(sns);
    await notifier.prepare(mailbox);
    nowMs += 2 * 24 * 3_600_000;
    assert.deepEqual(await pending(sns), []);
    assert.deepEqual(await notifier.send(makeAlert(mailbox), always), unconfirmed);
    assert.equal((await pending(sns)).length, 1);
  });

  it('is not asked for again when its owner has left', async () => {
    let nowMs = 1_000_000;
    await using sns = await createSnsServer({ autoConfirm: true });
    await using notifier = open(sns, {}, () => nowMs);
    await notifier.send(makeAlert(mailbox), always);
    await unsubscribeAll(sns);
    nowMs += defaultSnsSettings.confirmationTrustMs;
    const left = { outcome: 'rejected', reason: 'unsubscribed' };
    assert.deepEqual(await notifier.send(makeAlert(mailbox), always), left);
    assert.deepEqual(await notifier.send(makeAlert(mailbox), always), left);
  });

  it('is asked for again when its topic was deleted, which is nobody’s leaving', async () => {
    let nowMs = 1_000_000;
    await using sns = await createSnsServer({ autoConfirm: true });
    await using notifier = open(sns, {}, () => nowMs);
    await notifier.send(makeAlert(mailbox), always);
    await deleteTopic(sns, find(sns)[0]?.topicArn);
    nowMs += defaultSnsSettings.confirmationTrustMs;
    assert.equal((await notifier.send(makeAlert(mailbox), always)).outcome, 'accepted');
    assert.equal(find(sns).length, 2);
  });

  it('on a topic that was deleted before it was made comes with the next try', async () => {
    await using sns = await createSnsServer({ autoConfirm: true });
    await using notifier = open(sns, { attemptsMax: 1 });
    sns.faults.set({ next: { fail: 1 }, actions: ['ListSubscriptionsByTopic'] });
    await notifier.prepare(mailbox);
    const name = subscriberTopicName('crest', mailbox);
    await deleteTopic(sns, `arn:aws:sns:eu-central-1:000000000000:${name}`);
    const missing = { outcome: 'retry', reason: 'topic-missing' };
    assert.deepEqual(await notifier.send(makeAlert(mailbox), always), missing);
    assert.equal((await notifier.send(makeAlert(mailbox), always)).outcome, 'accepted');
  });

  it('to a theme is asked for once', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns);
    assert.deepEqual(await notifier.follow('speedrun', mailbox), { outcome: 'asked' });
    const [asked] = await pending(sns);
    assert.deepEqual(await notifier.follow('speedrun', mailbox), { outcome: 'asked' });
    assert.deepEqual(await pending(sns), [asked]);
    await confirmAll(sns);
    assert.deepEqual(await notifier.follow('speedrun', mailbox), { outcome: 'following' });
  });

  it('is found suspended once the trust in it has run out', async () => {
    let nowMs = 1_000_000;
    await using sns = await createSnsServer({
      autoConfirm: true,
      limits: { emailsPerSecondMax: 2 },
      nowMs: () => nowMs,
    });
    await using notifier = open(sns, {}, () => nowMs);
    for (let count = 0; count < 3; count++) await notifier.send(makeAlert(mailbox), always);
    assert.deepEqual(
      find(sns).map(({ outcome }) => outcome),
      ['suspended', 'delivered', 'delivered'],
    );
    nowMs += defaultSnsSettings.confirmationTrustMs;
    assert.deepEqual(await notifier.send(makeAlert(mailbox), always), unconfirmed);
  });
});

describe('the SNS notifier when SNS is in trouble', () => {
  const troubles = [
    { fault: 'throttle', result: { outcome: 'retry', reason: 'throttled' } },
    { fault: 'fail', result: { outcome: 'retry', reason: 'unavailable' } },
    { fault: 'refuse', result: { outcome: 'retry', reason: 'credentials' } },
    { fault: 'hang', result: { outcome: 'retry', reason: 'timeout' } },
    { fault: 'lose', result: { outcome: 'retry', reason: 'network' } },
  ] as const;
  for (const { fault, result } of troubles) {
    it(`says ${result.reason} after a fault of kind ${fault}, and recovers`, async () => {
      await using sns = await createSnsServer({ autoConfirm: true });
      await using notifier = open(sns, { attemptsMax: 1, requestTimeoutMs: 1_000 });
      sns.faults.set({ next: { [fault]: 1 } });
      assert.deepEqual(await notifier.send(makeAlert(phone), always), result);
      assert.equal((await notifier.send(makeAlert(phone), always)).outcome, 'accepted');
    });
  }

  it('says throttled also by the code of the front end', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns, { attemptsMax: 1 });
    sns.faults.set({ next: { throttle: 1 }, throttleCode: 'Throttling' });
    const result = await notifier.send(makeAlert(phone), always);
    assert.deepEqual(result, { outcome: 'retry', reason: 'throttled' });
  });

  it('repeats a message whose answer was lost, with the same alert id', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns, { attemptsMax: 1 });
    sns.faults.set({ next: { lose: 1 }, actions: ['Publish'] });
    const alert = makeAlert(phone);
    assert.equal((await notifier.send(alert, always)).outcome, 'retry');
    assert.equal((await notifier.send(alert, always)).outcome, 'accepted');
    const ids = find(sns).map(({ messageAttributes }) => messageAttributes['alertId']);
    assert.deepEqual(ids, [alert.alertId, alert.alertId]);
  });

  it('says nothing once the lease is over, also between two tries of the SDK', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns, { attemptsMax: 3 });
    assert.deepEqual(await notifier.send(makeAlert(phone), () => false), { outcome: 'withheld' });
    assert.equal(find(sns).length, 0);
    sns.faults.set({ next: { lose: 3 }, actions: ['Publish'] });
    let tries = 0;
    const untilSecond = (): boolean => (tries += 1) <= 1;
    assert.deepEqual(await notifier.send(makeAlert(phone), untilSecond), { outcome: 'withheld' });
    assert.equal(find(sns).length, 1);
  });

  it('gives up on hung requests after all its tries within the time it states', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns, { attemptsMax: 2, requestTimeoutMs: 100 });
    sns.faults.set({ rates: { hang: 1 } });
    const result = await notifier.send(makeAlert(phone), always);
    assert.deepEqual(result, { outcome: 'retry', reason: 'timeout' });
    assert.equal(sns.faults.injected.hang, 2);
  });

  it('never rejects in prepare, whatever SNS answers', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns, { attemptsMax: 1 });
    sns.faults.set({ rates: { fail: 1 } });
    await notifier.prepare(mailbox);
    assert.deepEqual(await notifier.follow('t', { kind: 'sms', phone: '+4915112345601' }), {
      outcome: 'retry',
      reason: 'unavailable',
    });
  });

  for (const destination of [theme, mailbox]) {
    it(`makes the topic of kind ${destination.kind} again after SNS lost everything`, async () => {
      const lost = await createSnsServer({ autoConfirm: true });
      await using notifier = open(lost);
      await notifier.send(makeAlert(destination), always);
      await lost.stop();
      await using fresh = await createSnsServer({ port: lost.port, autoConfirm: true });
      const alert = makeAlert(destination);
      const first = await notifier.send(alert, always);
      assert.deepEqual(first, { outcome: 'retry', reason: 'topic-missing' });
      assert.equal((await notifier.send(alert, always)).outcome, 'accepted');
      assert.equal(find(fresh).length, 1);
    });
  }

  it('rejects a telephone whose owner has opted out', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns);
    sns.optOut(phone.phone);
    const result = await notifier.send(makeAlert(phone), always);
    assert.deepEqual(result, { outcome: 'rejected', reason: 'opted-out' });
  });

  it('rejects what exceeds the quotas of the account', async () => {
    await using sns = await createSnsServer({ limits: { topicsMax: 1 } });
    await using notifier = open(sns);
    await notifier.prepare({ kind: 'theme', theme: 'first' });
    const result = await notifier.send(makeAlert({ kind: 'theme', theme: 'second' }), always);
    assert.deepEqual(result, { outcome: 'rejected', reason: 'limit-exceeded' });
  });

  it('rejects an address that SNS refuses', async () => {
    await using sns = await createSnsServer();
    await using notifier = open(sns);
    const result = await notifier.send(makeAlert({ ...mailbox, address: 'no address' }), always);
    assert.deepEqual(result, { outcome: 'rejected', reason: 'invalid-destination' });
  });

  it('remembers no more destinations than it may', async () => {
    await using sns = await createSnsServer({ autoConfirm: true });
    await using notifier = open(sns, { destinationsMax: 2 });
    for (const name of ['a', 'b', 'c', 'a']) {
      const result = await notifier.send(makeAlert({ kind: 'theme', theme: name }), always);
      assert.equal(result.outcome, 'accepted');
    }
  });
});

const unconfirmed = {
  outcome: 'retry',
  reason: 'unconfirmed',
  retryAfterMs: defaultSnsSettings.unconfirmedRetryMs,
};

type Opened = SnsNotifier & AsyncDisposable;

function open(
  sns: SnsServer,
  change: Partial<SnsSettings> = {},
  nowMs: () => number = Date.now,
): Opened {
  const notifier = new SnsNotifier(settingsFor(sns.url, change), nowMs);
  return Object.assign(notifier, { [Symbol.asyncDispose]: () => notifier.close() });
}

function find(sns: SnsServer): ReturnType<SnsServer['inbox']['find']> {
  return sns.inbox.find({ destination: undefined, sinceMs: undefined, limit: 1_000 });
}

type Pending = { readonly confirmLink: string };

async function pending(sns: SnsServer): Promise<Pending[]> {
  const answer = await fetch(new URL('inbox', sns.inboxUrl));
  return ((await answer.json()) as { pending: Pending[] }).pending;
}

async function deleteTopic(sns: SnsServer, TopicArn: string | null | undefined): Promise<void> {
  const client = createTestClient(sns.url);
  await client.send(new DeleteTopicCommand({ TopicArn: TopicArn ?? '' }));
  client.destroy();
}

/** Every pretend person opens the link in the mail. */
async function confirmAll(sns: SnsServer): Promise<void> {
  for (const { confirmLink } of await pending(sns)) {
    const answer = await fetch(new URL(confirmLink, sns.inboxUrl));
    assert.equal(answer.status, 200);
    await answer.text();
  }
}

/** Every pretend person opens the unsubscribe link at the foot of the last mail. */
async function unsubscribeAll(sns: SnsServer): Promise<void> {
  for (const { subscriptionArn } of find(sns)) {
    const link = `unsubscribe.html?SubscriptionArn=${subscriptionArn}`;
    const answer = await fetch(new URL(link, sns.inboxUrl));
    assert.equal(answer.status, 200);
    await answer.text();
  }
}
