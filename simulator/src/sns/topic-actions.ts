import type { Account, Topic } from './account.ts';
import type { Action } from './action.ts';
import { page, required, requireTopic } from './action.ts';
import { formGroups, formMap } from './form.ts';
import { invalidParameter, SnsError } from './sns-error.ts';

/** Attributes a topic may be given, each with what makes its value right. */
const topicAttributeRules: Readonly<Record<string, (value: string) => boolean>> = {
  DisplayName: (value) => value.length <= 100,
  Policy: isJson,
  DeliveryPolicy: (value) => value === '' || isJson(value),
  KmsMasterKeyId: () => true,
  SignatureVersion: (value) => value === '1' || value === '2',
  TracingConfig: (value) => value === 'PassThrough' || value === 'Active',
};

/** Idempotent, unless attributes or tags are given that differ from those of the existing topic. */
export const createTopic: Action = (context, { form }) => {
  const name = required(form, 'Name');
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw invalidParameter('Topic Name');
  const attributes = formMap(form, 'Attributes');
  for (const [key, value] of attributes) checkAttribute(key, value, 'Attributes');
  const tags = readTags(formGroups(form, 'Tags.member'));
  const { account } = context;
  const existing = account.topics.get(account.topicArn(name));
  if (existing !== undefined) {
    checkSame(existing, attributes, tags);
    return { TopicArn: existing.arn };
  }
  if (account.topics.size >= context.limits.topicsMax) {
    throw new SnsError('TopicLimitExceeded', 'Topic limit exceeded');
  }
  return { TopicArn: account.addTopic(name, attributes, tags).arn };
};

/** Also ends the topic's subscriptions. A topic that is not there is no error. */
export const deleteTopic: Action = (context, { form }) => {
  context.account.topics.delete(required(form, 'TopicArn'));
  return undefined;
};

export const getTopicAttributes: Action = (context, { form }) => {
  const topic = requireTopic(context, form);
  return { Attributes: describeTopic(context.account, topic) };
};

export const setTopicAttributes: Action = (context, { form }) => {
  const topic = requireTopic(context, form);
  const name = required(form, 'AttributeName');
  const value = form.get('AttributeValue') ?? '';
  checkAttribute(name, value, 'AttributeName');
  topic.attributes.set(name, value);
  return undefined;
};

export const listTopics: Action = (context, { form }) => {
  const { items, nextToken } = page([...context.account.topics.values()], form.get('NextToken'));
  return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), NextToken: nextToken };
};

function checkAttribute(name: string, value: string, parameter: string): void {
  const valid = topicAttributeRules[name];
  if (valid === undefined) throw invalidParameter(`${parameter} Reason: Unknown attribute ${name}`);
  if (!valid(value)) throw invalidParameter(`${parameter} Reason: invalid value for ${name}`);
}

function readTags(groups: readonly ReadonlyMap<string, string>[]): Map<string, string> {
  return new Map(groups.map((group) => [group.get('Key') ?? '', group.get('Value') ?? '']));
}

function checkSame(
  topic: Topic,
  attributes: ReadonlyMap<string, string>,
  tags: ReadonlyMap<string, string>,
): void {
  for (const [name, value] of attributes) {
    if (topic.attributes.get(name) !== value) {
      throw invalidParameter('Attributes Reason: Topic already exists with different attributes');
    }
  }
  for (const [name, value] of tags) {
    if (topic.tags.get(name) !== value) {
      throw invalidParameter('Tags Reason: Topic already exists with different tags');
    }
  }
}

function describeTopic(account: Account, topic: Topic): Map<string, string> {
  const subscriptions = account.subscriptionsOf(topic);
  const pending = subscriptions.filter(({ state }) => state === 'pending').length;
  return new Map([
    ['TopicArn', topic.arn],
    ['Owner', account.id],
    ['DisplayName', ''],
    ['SubscriptionsPending', String(pending)],
    ['SubscriptionsConfirmed', String(subscriptions.length - pending)],
    ['SubscriptionsDeleted', String(topic.deletedCount)],
    ...topic.attributes,
  ]);
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
