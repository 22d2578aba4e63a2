/** What was delivered, as programs and as people see it, and what is left of it after a kill. */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { SNSClient } from '@aws-sdk/client-sns';
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns';

import type { InboxEntry } from '../src/inbox/inbox-entry.ts';
import { readInboxFile } from '../src/inbox/inbox-file.ts';
import type { InboxTotals } from '../src/inbox/inbox.ts';
import type { SnsServer } from '../src/sns/server.ts';
import { createSnsServer } from '../src/sns/server.ts';
import { createTestClient } from './_util/sns-client.ts';

type Listing = {
  readonly totals: InboxTotals;
  readonly pending: readonly { readonly endpoint: string; readonly confirmLink: string }[];
  readonly entries: readonly InboxEntry[];
};

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crest-inbox-'));
});
after(async () => {
  await rm(folder, { recursive: true });
});

async function get(sns: SnsServer, path: string): Promise<Response> {
  return fetch(new URL(path, sns.inboxUrl));
}

async function list(sns: SnsServer, query = ''): Promise<Listing> {
  return (await (await get(sns, `inbox${query}`)).json()) as Listing;
}

async function text(client: SNSClient, number: number, message: string): Promise<void> {
  const PhoneNumber = `+4915112345${number}`;
  await client.send(new PublishCommand({ PhoneNumber, Message: message }));
}

async function subscribe(client: SNSClient, address: string): Promise<string> {
  const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'news' }));
  await client.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: address }));
  return TopicArn ?? '';
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('the inbox as JSON', () => {
  it('tells what was delivered, when, where and how', async () => {
    let nowMs = 1_800_000_000_000;
    await using sns = await createSnsServer({ autoConfirm: true, nowMs: () => nowMs++ });
    await using clients = new AsyncDisposableStack();
    const client = clients.adopt(createTestClient(sns.url), (each) =>
      Promise.resolve(each.destroy()),
    );
    const TopicArn = await subscribe(client, 'ann@example.com');
    const MessageAttributes = { alertId: { DataType: 'String', StringValue: 'a-1' } };
    const publish = { TopicArn, Subject: 'Spike', Message: 'Look!', MessageAttributes };
    const { MessageId } = await client.send(new PublishCommand(publish));
    const { totals, pending, entries } = await list(sns);
    assert.deepEqual(totals.delivered, { email: 1, sms: 0 });
    assert.deepEqual(pending, []);
    const [entry] = entries;
    assert.ok(entry !== undefined && entry.requestAtMs < entry.acceptedAtMs);
    assert.match(entry.subscriptionArn ?? '', /^arn:aws:sns:/);
    const { requestAtMs: _, acceptedAtMs: __, subscriptionArn: ___, ...rest } = entry;
    assert.deepEqual(rest, {
      version: 1,
      outcome: 'delivered',
      messageId: MessageId,
      destination: { protocol: 'email', endpoint: 'ann@example.com' },
      topicArn: TopicArn,
      subject: 'Spike',
      message: 'Look!',
      messageAttributes: { alertId: 'a-1' },
      sms: null,
    });
  });

  it('finds by destination and time, newest first, and no more than asked for', async () => {
    let nowMs = 1_000;
    await using sns = await createSnsServer({ nowMs: () => nowMs });
    const client = createTestClient(sns.url);
    for (const number of [671, 672, 671]) {
      nowMs += 1_000;
      await text(client, number, `at ${nowMs}`);
    }
    client.destroy();
    const messages = async (query: string): Promise<string[]> =>
      (await list(sns, query)).entries.map(({ message }) => message);
    assert.deepEqual(await messages(''), ['at 4000', 'at 3000', 'at 2000']);
    assert.deepEqual(await messages('?destination=5671'), ['at 4000', 'at 2000']);
    assert.deepEqual(await messages('?since=3000'), ['at 4000', 'at 3000']);
    assert.deepEqual(await messages('?limit=1'), ['at 4000']);
    assert.equal((await list(sns, '?limit=1')).totals.delivered.sms, 3);
    for (const query of ['?limit=0', '?limit=x', '?since=yesterday']) {
      assert.equal((await get(sns, `inbox${query}`)).status, 400, query);
    }
  });

  it('says who got nothing, and why', async () => {
    await using sns = await createSnsServer();
    const client = createTestClient(sns.url);
    const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'lonely' }));
    await client.send(new PublishCommand({ TopicArn, Message: 'Anybody?' }));
    client.destroy();
    const { totals, entries } = await list(sns);
    assert.equal(entries[0]?.outcome, 'no-subscriber');
    assert.deepEqual(entries[0].destination, { protocol: 'none', endpoint: '' });
    assert.equal(totals.byOutcome['no-subscriber'], 1);
    assert.equal(totals.byOutcome.delivered, 0);
  });

  it('opts a telephone out when its owner says so', async () => {
    await using sns = await createSnsServer();
    const post = (body: string): Promise<Response> =>
      fetch(new URL('opt-out', sns.inboxUrl), { method: 'POST', body });
    assert.equal((await post('{"phone":"+4915112345678"}')).status, 200);
    assert.equal((await post('{"phone":"12"}')).status, 400);
    assert.equal((await post('{')).status, 400);
    const client = createTestClient(sns.url);
    await assert.rejects(text(client, 678, 'm'), { name: 'OptedOutException' });
    client.destroy();
  });
});

describe('the inbox as a file', () => {
  it('holds every delivery by the time its request is answered', async () => {
    const inboxFile = join(folder, 'answered', 'inbox.ndjson');
    await using sns = await createSnsServer({ inboxFile });
    const client = createTestClient(sns.url);
    for (let index = 0; index < 5; index++) {
      await text(client, 671, `line\n${index}`);
      assert.equal((await readFile(inboxFile, 'utf8')).split('\n').length, index + 2);
    }
    client.destroy();
    const messages: string[] = [];
    for await (const line of readInboxFile(inboxFile)) {
      assert.ok(line.ok);
      messages.push(line.value.message);
    }
    assert.deepEqual(
      messages,
      [0, 1, 2, 3, 4].map((index) => `line\n${index}`),
    );
  });

  it('outlives the server, and also a line that a kill has torn', async () => {
    const inboxFile = join(folder, 'torn.ndjson');
    {
      await using sns = await createSnsServer({ inboxFile });
      const client = createTestClient(sns.url);
      await text(client, 671, 'before');
      client.destroy();
    }
    await appendFile(inboxFile, '{"version":1,"outc');
    await using sns = await createSnsServer({ inboxFile });
    const client = createTestClient(sns.url);
    await text(client, 671, 'after');
    client.destroy();
    const { totals, entries } = await list(sns);
    assert.deepEqual(
      entries.map(({ message }) => message),
      ['after', 'before'],
    );
    assert.equal(totals.delivered.sms, 2);
    const lines = await collect(readInboxFile(inboxFile));
    assert.deepEqual(
      lines.map(({ ok }) => ok),
      [true, false, true],
    );
  });

  it('keeps what memory has let go', async () => {
    const inboxFile = join(folder, 'ring.ndjson');
    await using sns = await createSnsServer({ inboxFile, inboxMemoryMax: 10 });
    const client = createTestClient(sns.url);
    for (let index = 0; index < 45; index++) await text(client, 671, `m${index}`);
    client.destroy();
    const { totals, entries } = await list(sns);
    assert.ok(entries.length >= 10 && entries.length < 20, String(entries.length));
    assert.equal(entries[0]?.message, 'm44');
    assert.equal(totals.delivered.sms, 45);
    assert.equal((await collect(readInboxFile(inboxFile))).length, 45);
  });

  it('that is not there holds nothing', async () => {
    assert.deepEqual(await collect(readInboxFile(join(folder, 'none.ndjson'))), []);
  });
});

describe('the inbox as a page', () => {
  const nasty = `<script>alert(1)</script><img src=x onerror='alert("2")'> & more`;

  it('shows strangers’ text as text, wherever it stands', async () => {
    await using sns = await createSnsServer();
    const client = createTestClient(sns.url);
    const TopicArn = await subscribe(client, '<b>@example.com');
    await text(client, 671, nasty);
    await client.send(new PublishCommand({ TopicArn, Message: nasty, Subject: '<i>Subject</i>' }));
    client.destroy();
    const query = new URLSearchParams({ destination: '"><script>' });
    for (const path of ['', `?${query.toString()}`]) {
      const page = await (await get(sns, path)).text();
      const scripts = page.match(/<script/g) ?? [];
      assert.equal(scripts.length, 1, 'only the page’s own');
      assert.doesNotMatch(page, /<img|<i>|<b>/);
    }
    const page = await (await get(sns, '')).text();
    assert.ok(page.includes('&#60;script&#62;alert(1)&#60;/script&#62;'));
    assert.ok(page.includes('&#60;i&#62;Subject&#60;/i&#62;'));
  });

  it('lets nothing run but its own script', async () => {
    await using sns = await createSnsServer();
    const policy = (await get(sns, '')).headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'sha256-[A-Za-z0-9+/=]{44}'/);
    assert.doesNotMatch(policy, /unsafe/);
  });

  it('lets a person confirm, and leave again', async () => {
    await using sns = await createSnsServer();
    const client = createTestClient(sns.url);
    const TopicArn = await subscribe(client, 'ann@example.com');
    const waiting = await (await get(sns, '')).text();
    const link =
      /href="([^"]*confirmation[^"]*)"/.exec(waiting)?.[1]?.replaceAll('&#38;', '&') ?? '';
    assert.match(waiting, /Waiting for confirmation/);
    assert.match(await (await get(sns, link)).text(), /Subscription confirmed/);
    await client.send(new PublishCommand({ TopicArn, Message: 'Hello' }));
    const page = await (await get(sns, '')).text();
    assert.doesNotMatch(page, /Waiting for confirmation/);
    const leave = /href="([^"]*unsubscribe[^"]*)"/.exec(page)?.[1]?.replaceAll('&#38;', '&') ?? '';
    assert.match(await (await get(sns, leave)).text(), /Unsubscribed/);
    await client.send(new PublishCommand({ TopicArn, Message: 'Gone' }));
    client.destroy();
    assert.equal((await list(sns)).entries[0]?.outcome, 'no-subscriber');
  });

  it('says so where a link or an address leads nowhere', async () => {
    await using sns = await createSnsServer();
    assert.equal((await get(sns, 'confirmation.html?TopicArn=a&Token=b')).status, 400);
    assert.equal((await get(sns, 'elsewhere')).status, 404);
    assert.equal((await get(sns, '?limit=x')).status, 400);
  });
});
