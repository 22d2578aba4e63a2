/** What only the pretend SNS does, asked by the unmodified SDK: every call, and every refusal. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import type { SNSClient } from '@aws-sdk/client-sns';
import {
  CheckIfPhoneNumberIsOptedOutCommand,
  ConfirmSubscriptionCommand,
  CreatePlatformApplicationCommand,
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  OptInPhoneNumberCommand,
  paginateListPhoneNumbersOptedOut,
  paginateListSubscriptions,
  paginateListSubscriptionsByTopic,
  PublishBatchCommand,
  PublishCommand,
  SetSMSAttributesCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSServiceException,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';

import type { InboxEntry } from '../src/inbox/inbox-entry.ts';
import type { SnsServer } from '../src/sns/server.ts';
import { createSnsServer } from '../src/sns/server.ts';
import { createTestClient } from './_util/sns-client.ts';

const day = 24 * 60 * 60 * 1_000;
const phone = '+4915112345678';

let nowMs = 1_800_000_000_000;
let sns: SnsServer;
let client: SNSClient;
let topic: string;
let made = 0;

before(async () => {
  sns = await createSnsServer({
    nowMs: () => nowMs,
    limits: { filterPoliciesPerTopicMax: 2, emailsPerSecondMax: 10 },
  });
  client = createTestClient(sns.url);
});
after(async () => {
  client.destroy();
  await sns.stop();
});
beforeEach(async () => {
  nowMs += 60_000;
  made += 1;
  topic = (await client.send(new CreateTopicCommand({ Name: `topic-${made}` }))).TopicArn ?? '';
});

async function subscribeEmail(address: string, filter?: object): Promise<string> {
  const input = { TopicArn: topic, Protocol: 'email', Endpoint: address };
  const Attributes = filter === undefined ? undefined : { FilterPolicy: JSON.stringify(filter) };
  const { SubscriptionArn } = await client.send(
    new SubscribeCommand({ ...input, Attributes, ReturnSubscriptionArn: true }),
  );
  return SubscriptionArn ?? '';
}

type PendingLink = { readonly endpoint: string; readonly topicArn: string; readonly link: URL };

async function pendingLink(address: string): Promise<PendingLink> {
  const answer = await fetch(new URL('inbox', sns.inboxUrl));
  const { pending } = (await answer.json()) as { pending: Record<string, string>[] };
  const found = pending.find((each) => each['endpoint'] === address);
  assert.ok(found !== undefined, `${address} is asked to confirm`);
  const link = new URL(found['confirmLink'] ?? '', sns.inboxUrl);
  return { endpoint: address, topicArn: found['topicArn'] ?? '', link };
}

async function confirm(address: string, extra: object = {}): Promise<string> {
  const { topicArn, link } = await pendingLink(address);
  const Token = link.searchParams.get('Token') ?? '';
  const input = { TopicArn: topicArn, Token, ...extra };
  return (await client.send(new ConfirmSubscriptionCommand(input))).SubscriptionArn ?? '';
}

async function isPending(SubscriptionArn: string): Promise<boolean> {
  const command = new GetSubscriptionAttributesCommand({ SubscriptionArn });
  const { Attributes } = await client.send(command);
  return Attributes?.['PendingConfirmation'] === 'true';
}

function inbox(destination: string): InboxEntry[] {
  return sns.inbox.find({ destination, sinceMs: undefined, limit: 1_000 });
}

/** The one door for refusals: name, status and request id of the error the SDK makes of them. */
async function refuses(run: Promise<unknown>, name: string, message = /./): Promise<void> {
  await assert.rejects(run, (error: unknown) => {
    assert.ok(error instanceof SNSServiceException, String(error));
    assert.equal(error.name, name);
    assert.match(error.message, message);
    assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    return true;
  });
}

describe('email subscriptions', () => {
  it('wait for their owner, who gets nothing until the link is opened', async () => {
    const arn = await subscribeEmail('wait@example.com');
    assert.equal(await isPending(arn), true);
    await client.send(new PublishCommand({ TopicArn: topic, Message: 'early' }));
    assert.equal(await confirm('wait@example.com'), arn);
    assert.equal(await isPending(arn), false);
    await client.send(new PublishCommand({ TopicArn: topic, Message: 'late' }));
    const seen = inbox('wait@').map(({ outcome, message }) => `${outcome} ${message}`);
    assert.deepEqual(seen, ['delivered late', 'unconfirmed early']);
  });

  it('hide their ARN until they are confirmed', async () => {
    const input = { TopicArn: topic, Protocol: 'email', Endpoint: 'hide@example.com' };
    const answer = await client.send(new SubscribeCommand(input));
    assert.equal(answer.SubscriptionArn, 'pending confirmation');
    const listed = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
    assert.equal(listed.Subscriptions?.[0]?.SubscriptionArn, 'PendingConfirmation');
  });

  it('may be confirmed twice', async () => {
    const arn = await subscribeEmail('twice@example.com');
    const { link } = await pendingLink('twice@example.com');
    for (const _ of [1, 2]) {
      assert.equal((await fetch(link)).status, 200);
      assert.equal(await isPending(arn), false);
    }
  });

  it('expire after two days', async () => {
    const arn = await subscribeEmail('late@example.com');
    const { link } = await pendingLink('late@example.com');
    nowMs += 2 * day - 1;
    assert.equal(await isPending(arn), true);
    nowMs += 1;
    const Token = link.searchParams.get('Token') ?? '';
    const command = new ConfirmSubscriptionCommand({ TopicArn: topic, Token });
    await refuses(client.send(command), 'InvalidParameterException', /Token/);
    await refuses(isPending(arn), 'NotFoundException');
  });

  it('get a new token, and two more days, each time they are asked for', async () => {
    const arn = await subscribeEmail('again@example.com');
    const first = await pendingLink('again@example.com');
    nowMs += day;
    assert.equal(await subscribeEmail('again@example.com'), arn);
    nowMs += day;
    assert.notEqual((await fetch(first.link)).status, 200);
    assert.equal(await confirm('again@example.com'), arn);
  });

  it('are suspended by the eleventh mail within a second, until they are confirmed again', async () => {
    const arn = await subscribeEmail('flood@example.com');
    await confirm('flood@example.com');
    for (let count = 1; count <= 12; count++) {
      await client.send(new PublishCommand({ TopicArn: topic, Message: `mail ${count}` }));
    }
    const outcomes = inbox('flood@').map(({ outcome }) => outcome);
    assert.deepEqual(outcomes.slice(0, 3), ['unconfirmed', 'suspended', 'delivered']);
    assert.equal(outcomes.filter((outcome) => outcome === 'delivered').length, 10);
    assert.equal(await isPending(arn), true);
    await confirm('flood@example.com');
    nowMs += 1_000;
    await client.send(new PublishCommand({ TopicArn: topic, Message: 'calm' }));
    assert.equal(inbox('flood@')[0]?.outcome, 'delivered');
  });

  it('can be left by the link in the mail, unless leaving needs a signature', async () => {
    const open = await subscribeEmail('open@example.com');
    await confirm('open@example.com');
    const closed = await subscribeEmail('closed@example.com');
    await confirm('closed@example.com', { AuthenticateOnUnsubscribe: 'true' });
    const leave = (arn: string): Promise<Response> =>
      fetch(new URL(`unsubscribe.html?SubscriptionArn=${arn}`, sns.inboxUrl));
    assert.equal((await leave(open)).status, 200);
    assert.equal((await leave(closed)).status, 403);
    await refuses(isPending(open), 'NotFoundException');
    await client.send(new UnsubscribeCommand({ SubscriptionArn: closed }));
    await refuses(isPending(closed), 'NotFoundException');
  });
});

describe('filter policies', () => {
  it('hold back what a subscriber does not want', async () => {
    await subscribeEmail('gold@example.com', { tier: ['gold'] });
    await confirm('gold@example.com');
    for (const tier of ['gold', 'silver']) {
      const MessageAttributes = { tier: { DataType: 'String', StringValue: tier } };
      await client.send(new PublishCommand({ TopicArn: topic, Message: tier, MessageAttributes }));
    }
    const seen = inbox('gold@').map(({ outcome, message }) => `${outcome} ${message}`);
    assert.deepEqual(seen, ['filtered silver', 'delivered gold']);
  });

  it('see numbers and lists as what they are', async () => {
    const policy = { score: [{ numeric: ['>=', 40] }], tags: ['music'] };
    await subscribeEmail('many@example.com', policy);
    await confirm('many@example.com');
    const MessageAttributes = {
      score: { DataType: 'Number', StringValue: '42' },
      tags: { DataType: 'String.Array', StringValue: '["speedrun","music"]' },
    };
    await client.send(new PublishCommand({ TopicArn: topic, Message: 'm', MessageAttributes }));
    assert.equal(inbox('many@')[0]?.outcome, 'delivered');
  });

  it('are limited in number', async () => {
    await subscribeEmail('f1@example.com', { a: ['1'] });
    await subscribeEmail('f2@example.com', { a: ['1'] });
    const third = subscribeEmail('f3@example.com', { a: ['1'] });
    await refuses(third, 'FilterPolicyLimitExceededException');
    const SubscriptionArn = await subscribeEmail('f3@example.com');
    const command = new SetSubscriptionAttributesCommand({
      SubscriptionArn,
      AttributeName: 'FilterPolicy',
      AttributeValue: '{"a":["1"]}',
    });
    await refuses(client.send(command), 'FilterPolicyLimitExceededException');
  });
});

describe('telephones', () => {
  it('get the text for SMS, counted in parts', async () => {
    const input = { TopicArn: topic, Protocol: 'sms', Endpoint: '+4915112345671' };
    await client.send(new SubscribeCommand(input));
    const Message = JSON.stringify({ default: 'long', sms: `${'a'.repeat(70)}🎉` });
    await client.send(new PublishCommand({ TopicArn: topic, MessageStructure: 'json', Message }));
    const [entry] = inbox('+4915112345671');
    assert.deepEqual(entry?.sms, { encoding: 'UCS-2', parts: 2 });
  });

  it('get nothing once they are opted out, until they are opted in', async () => {
    const number = '+4915112345672';
    await client.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sms', Endpoint: number }));
    sns.optOut(number);
    const direct = (): Promise<unknown> =>
      client.send(new PublishCommand({ PhoneNumber: number, Message: 'm' }));
    await refuses(direct(), 'OptedOutException');
    await client.send(new PublishCommand({ TopicArn: topic, Message: 'm' }));
    assert.equal(inbox(number)[0]?.outcome, 'opted-out');
    const asked = { phoneNumber: number };
    const before = await client.send(new CheckIfPhoneNumberIsOptedOutCommand(asked));
    assert.equal(before.isOptedOut, true);
    await client.send(new OptInPhoneNumberCommand(asked));
    await direct();
    assert.equal(inbox(number)[0]?.outcome, 'delivered');
    sns.optOut(number);
    await refuses(
      client.send(new OptInPhoneNumberCommand(asked)),
      'InvalidParameterException',
      /30/,
    );
    nowMs += 30 * day;
    await client.send(new OptInPhoneNumberCommand(asked));
  });

  it('are listed in pages while they are opted out', async () => {
    const numbers = Array.from({ length: 150 }, (_, index) => `+49151000${1_000 + index}`);
    for (const number of numbers) sns.optOut(number);
    const listed: string[] = [];
    for await (const page of paginateListPhoneNumbersOptedOut({ client }, {})) {
      listed.push(...(page.phoneNumbers ?? []));
    }
    assert.deepEqual(new Set(numbers).difference(new Set(listed)), new Set());
    assert.equal(new Set(listed).size, listed.length);
  });
});

describe('lists', () => {
  it('give every subscription once over all their pages', async () => {
    for (let index = 0; index < 205; index++) await subscribeEmail(`page${index}@example.com`);
    const byTopic: string[] = [];
    const input = { TopicArn: topic };
    for await (const page of paginateListSubscriptionsByTopic({ client }, input)) {
      byTopic.push(...(page.Subscriptions ?? []).map(({ Endpoint }) => Endpoint ?? ''));
    }
    assert.deepEqual(
      byTopic,
      Array.from({ length: 205 }, (_, index) => `page${index}@example.com`),
    );
    let all = 0;
    for await (const page of paginateListSubscriptions({ client }, {})) {
      all += page.Subscriptions?.length ?? 0;
    }
    assert.ok(all >= 205);
    const { Attributes } = await client.send(new GetTopicAttributesCommand(input));
    assert.equal(Attributes?.['SubscriptionsPending'], '205');
  });

  it('refuse a token that is none', async () => {
    const command = new ListTopicsCommand({ NextToken: 'x' });
    await refuses(client.send(command), 'InvalidParameterException', /NextToken/);
  });
});

describe('PublishBatch', () => {
  it('answers for each entry by itself', async () => {
    const answer = await client.send(
      new PublishBatchCommand({
        TopicArn: topic,
        PublishBatchRequestEntries: [
          { Id: 'good', Message: 'm' },
          { Id: 'bad', Message: 'm', Subject: 'a\nb' },
        ],
      }),
    );
    assert.deepEqual(
      answer.Successful?.map(({ Id }) => Id),
      ['good'],
    );
    const [failed] = answer.Failed ?? [];
    assert.deepEqual(
      [failed?.Id, failed?.Code, failed?.SenderFault],
      ['bad', 'InvalidParameter', true],
    );
  });

  const entry = (Id: string, Message = 'm'): { Id: string; Message: string } => ({ Id, Message });
  const refused = [
    { name: 'EmptyBatchRequestException', entries: [] },
    {
      name: 'TooManyEntriesInBatchRequestException',
      entries: Array.from({ length: 11 }, (_, index) => entry(`e${index}`)),
    },
    { name: 'BatchEntryIdsNotDistinctException', entries: [entry('a'), entry('a')] },
    { name: 'InvalidBatchEntryIdException', entries: [entry('a b')] },
    {
      name: 'BatchRequestTooLongException',
      entries: [entry('a', 'm'.repeat(131_073)), entry('b', 'm'.repeat(131_072))],
    },
  ];
  for (const { name, entries } of refused) {
    it(`refuses with ${name}`, async () => {
      const input = { TopicArn: topic, PublishBatchRequestEntries: entries };
      await refuses(client.send(new PublishBatchCommand(input)), name);
    });
  }
});

describe('Publish', () => {
  const text = (StringValue: string, DataType = 'String'): object => ({ DataType, StringValue });
  const attribute = (name: string, value: object): object => ({
    MessageAttributes: { [name]: value },
  });
  const valueInvalid = 'InvalidParameterValueException';
  const refused: readonly { name: string; input: object; error?: string; message?: RegExp }[] = [
    { name: 'an empty message', input: { Message: '' }, message: /Empty message/ },
    { name: 'an empty subject', input: { Subject: '' }, message: /Subject/ },
    {
      name: 'a subject of 100 characters',
      input: { Subject: 's'.repeat(100) },
      message: /Subject/,
    },
    { name: 'a subject with a line break', input: { Subject: 'a\nb' }, message: /Subject/ },
    { name: 'a subject that is not ASCII', input: { Subject: 'größer' }, message: /Subject/ },
    { name: 'a subject that begins with a blank', input: { Subject: ' a' }, message: /Subject/ },
    {
      name: 'an unknown structure',
      input: { MessageStructure: 'xml' },
      message: /MessageStructure/,
    },
    { name: 'a structure that is no JSON', input: { MessageStructure: 'json' }, message: /parse/ },
    {
      name: 'a structure that is no object',
      input: { MessageStructure: 'json', Message: '["default"]' },
      message: /parse/,
    },
    {
      name: 'a structure without default',
      input: { MessageStructure: 'json', Message: '{"email":"e"}' },
      message: /No default entry/,
    },
    {
      name: 'a structure whose default is no text',
      input: { MessageStructure: 'json', Message: '{"default":1}' },
      message: /No default entry/,
    },
    {
      name: 'more than 256 KiB with its attributes',
      input: { Message: 'm'.repeat(262_130), ...attribute('name', text('value'.repeat(3))) },
      message: /too long/,
    },
    { name: 'a topic and a telephone', input: { PhoneNumber: phone }, message: /not both/ },
    { name: 'neither topic nor telephone', input: { TopicArn: undefined }, message: /no value/ },
    {
      name: 'what is no telephone',
      input: { TopicArn: undefined, PhoneNumber: '015112345678' },
      message: /not valid/,
    },
    { name: 'what is no ARN', input: { TopicArn: 'topic' }, message: /at least 6 elements/ },
    { name: 'an attribute without value', input: attribute('a', text('')), error: valueInvalid },
    {
      name: 'an attribute of odd type',
      input: attribute('a', text('v', 'Date')),
      error: valueInvalid,
    },
    {
      name: 'a number that is none',
      input: attribute('a', text('v', 'Number')),
      error: valueInvalid,
    },
    {
      name: 'a list that is none',
      input: attribute('a', text('v', 'String.Array')),
      error: valueInvalid,
    },
    {
      name: 'an attribute with an odd name',
      input: attribute('a b', text('v')),
      error: valueInvalid,
    },
    { name: 'a reserved attribute', input: attribute('AWS.Own', text('v')), error: valueInvalid },
    {
      name: 'an unknown kind of SMS',
      input: attribute('AWS.SNS.SMS.SMSType', text('Urgent')),
      error: valueInvalid,
    },
    {
      name: 'a price that is none',
      input: attribute('AWS.SNS.SMS.MaxPrice', text('much')),
      error: valueInvalid,
    },
    {
      name: 'a sender of digits only',
      input: attribute('AWS.SNS.SMS.SenderID', text('12345')),
      error: valueInvalid,
    },
  ];
  for (const { name, input, error = 'InvalidParameterException', message } of refused) {
    it(`refuses ${name}`, async () => {
      const command = new PublishCommand({ TopicArn: topic, Message: 'm', ...input });
      await refuses(client.send(command), error, message);
    });
  }

  it('takes exactly 256 KiB, binary attributes and the other name of a topic', async () => {
    const attributes = { b: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) } };
    const Message = 'm'.repeat(262_144 - 'b'.length - 'Binary'.length - 'AQID'.length);
    const input = { TargetArn: topic, Message, MessageAttributes: attributes };
    const answer = await client.send(new PublishCommand(input));
    assert.match(answer.MessageId ?? '', /./);
  });

  it('brings every character through as it was', async () => {
    const number = '+4915112345673';
    const Message = 'ä€ 🎉 <b>&amp; "quoted" \'single\' + %20 \u0000 \r\n\ttab';
    await client.send(new PublishCommand({ PhoneNumber: number, Message }));
    assert.equal(inbox(number)[0]?.message, Message);
  });
});

describe('topics and subscriptions', () => {
  const refused: readonly { name: string; run: () => Promise<unknown>; message: RegExp }[] = [
    {
      name: 'a topic with other attributes than it has',
      run: () =>
        client.send(
          new CreateTopicCommand({ Name: `topic-${made}`, Attributes: { DisplayName: 'x' } }),
        ),
      message: /different attributes/,
    },
    {
      name: 'a topic with other tags than it has',
      run: () =>
        client.send(
          new CreateTopicCommand({ Name: `topic-${made}`, Tags: [{ Key: 'k', Value: 'v' }] }),
        ),
      message: /different tags/,
    },
    {
      name: 'an unknown attribute of a topic',
      run: () => client.send(new CreateTopicCommand({ Name: 'n', Attributes: { Colour: 'red' } })),
      message: /Unknown attribute/,
    },
    {
      name: 'an attribute of a topic with an odd value',
      run: () =>
        client.send(
          new SetTopicAttributesCommand({
            TopicArn: topic,
            AttributeName: 'Policy',
            AttributeValue: '{',
          }),
        ),
      message: /invalid value/,
    },
    {
      name: 'a protocol it does not speak',
      run: () =>
        client.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: 'arn' })),
      message: /email and sms/,
    },
    { name: 'what is no address', run: () => subscribeEmail('nobody'), message: /Email address/ },
    {
      name: 'what is no telephone',
      run: () =>
        client.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sms', Endpoint: '12' })),
      message: /SMS endpoint/,
    },
    {
      name: 'a filter policy that is none',
      run: () => subscribeEmail('f@example.com', { a: 'b' }),
      message: /FilterPolicy/,
    },
    {
      name: 'a subscription with other attributes than it has',
      run: async () => {
        await subscribeEmail('attributes@example.com');
        await subscribeEmail('attributes@example.com', { a: ['b'] });
      },
      message: /different attributes/,
    },
    {
      name: 'a token that is none',
      run: () => client.send(new ConfirmSubscriptionCommand({ TopicArn: topic, Token: 'x' })),
      message: /Invalid token/,
    },
    {
      name: 'the ARN of a pending subscription as the lists show it',
      run: () => client.send(new UnsubscribeCommand({ SubscriptionArn: 'PendingConfirmation' })),
      message: /at least 6 elements/,
    },
    {
      name: 'a call without its parameter',
      run: () => client.send(new CreateTopicCommand({ Name: '' })),
      message: /no value for required parameter/,
    },
    {
      name: 'a default kind of SMS that is none',
      run: () =>
        client.send(new SetSMSAttributesCommand({ attributes: { DefaultSMSType: 'Urgent' } })),
      message: /DefaultSMSType/,
    },
    {
      name: 'a spend limit that is none',
      run: () =>
        client.send(new SetSMSAttributesCommand({ attributes: { MonthlySpendLimit: 'much' } })),
      message: /MonthlySpendLimit/,
    },
    {
      name: 'an unknown SMS attribute',
      run: () => client.send(new SetSMSAttributesCommand({ attributes: { Colour: 'red' } })),
      message: /Invalid key/,
    },
  ];
  for (const { name, run, message } of refused) {
    it(`refuse ${name}`, async () => {
      await refuses(run(), 'InvalidParameterException', message);
    });
  }

  it('are limited in number', async () => {
    await using small = await createSnsServer({ limits: { topicsMax: 1 } });
    const other = createTestClient(small.url);
    await other.send(new CreateTopicCommand({ Name: 'one' }));
    await other.send(new CreateTopicCommand({ Name: 'one' }));
    const second = other.send(new CreateTopicCommand({ Name: 'two' }));
    await refuses(second, 'TopicLimitExceededException');
    other.destroy();
  });
});

describe('requests', () => {
  it('for an action it does not know are refused', async () => {
    const input = { Name: 'n', Platform: 'GCM', Attributes: {} };
    await refuses(client.send(new CreatePlatformApplicationCommand(input)), 'InvalidAction');
  });

  it('of more than 4 MiB are cut off', async () => {
    const body = 'm'.repeat(4 * 1024 * 1024 + 1);
    await assert.rejects(fetch(sns.url, { method: 'POST', body }));
    await client.send(new ListTopicsCommand({}));
  });

  it('without a signature are refused', async () => {
    const body = new URLSearchParams({ Action: 'ListTopics' });
    const answer = await fetch(sns.url, { method: 'POST', body });
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /<Code>MissingAuthenticationToken<\/Code>/);
  });
});
