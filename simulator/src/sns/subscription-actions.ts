import type { Account, Protocol, Subscription, Topic } from './account.ts';
import { tokenLifetimeMs } from './account.ts';
import type { Action, ActionContext } from './action.ts';
import { page, required, requireTopic } from './action.ts';
import { parseFilterPolicy } from './filter-policy.ts';
import { formMap } from './form.ts';
import { isPhoneNumber } from './phone-number.ts';
import { invalidParameter, SnsError } from './sns-error.ts';
import type { XmlValue } from './xml.ts';

/** Attributes a subscription may be given, each with what makes its value right. */
const subscriptionAttributeRules: Readonly<Record<string, (value: string) => boolean>> = {
  FilterPolicy: () => true,
  FilterPolicyScope: (value) => value === 'MessageAttributes',
  RawMessageDelivery: (value) => value === 'false',
  RedrivePolicy: () => true,
  DeliveryPolicy: () => true,
};

/**
 * Idempotent for the same topic, protocol and endpoint, unless attributes are given that differ.
 * A pending subscription gets a new confirmation mail each time, as in SNS.
 */
export const subscribe: Action = (context, { form }) => {
  const topic = requireTopic(context, form);
  const target = readTarget(form.get('Protocol') ?? '', form.get('Endpoint') ?? '');
  const attributes = formMap(form, 'Attributes');
  for (const [name, value] of attributes) checkAttribute(name, value, 'Attributes');
  const existing = context.account
    .subscriptionsOf(topic)
    .find(({ protocol, endpoint }) => protocol === target.protocol && endpoint === target.endpoint);
  const subscription =
    existing === undefined
      ? addSubscription(context, topic, { target, attributes })
      : askAgain(context.account, existing, attributes);
  if (context.autoConfirm && subscription.state === 'pending') subscription.state = 'confirmed';
  const shown = subscription.state === 'confirmed' || form.get('ReturnSubscriptionArn') === 'true';
  return { SubscriptionArn: shown ? subscription.arn : 'pending confirmation' };
};

/** What the link in the confirmation mail calls. Confirming twice is no error. */
export const confirmSubscription: Action = (context, { form, authenticated }) => {
  const topic = requireTopic(context, form);
  const token = required(form, 'Token');
  const subscription = [...topic.subscriptions.values()].find((each) => each.token === token);
  if (subscription === undefined) throw invalidParameter('Token Reason: Invalid token');
  const ageMs = context.nowMs() - subscription.tokenIssuedAtMs;
  if (ageMs >= tokenLifetimeMs) throw invalidParameter('Token Reason: Token expired');
  subscription.state = 'confirmed';
  subscription.authenticateOnUnsubscribe =
    authenticated && form.get('AuthenticateOnUnsubscribe') === 'true';
  return { SubscriptionArn: subscription.arn };
};

/** Also what the link at the foot of every mail calls. One that is gone already is no error. */
export const unsubscribe: Action = (context, { form, authenticated }) => {
  const arn = requireSubscriptionArn(form.get('SubscriptionArn') ?? '');
  const found = context.account.findSubscription(arn);
  if (found === undefined) return undefined;
  if (!authenticated && found.subscription.authenticateOnUnsubscribe) {
    throw new SnsError('AuthorizationError', 'Unsubscribing needs a signed request');
  }
  context.account.removeSubscription(found.topic, found.subscription);
  return undefined;
};

export const getSubscriptionAttributes: Action = (context, { form }) => {
  const { subscription } = requireSubscription(context, form);
  return {
    Attributes: new Map([
      ['SubscriptionArn', subscription.arn],
      ['TopicArn', subscription.topicArn],
      ['Owner', context.account.id],
      ['Protocol', subscription.protocol],
      ['Endpoint', subscription.endpoint],
      ['PendingConfirmation', String(subscription.state === 'pending')],
      ['ConfirmationWasAuthenticated', String(subscription.authenticateOnUnsubscribe)],
      ['RawMessageDelivery', 'false'],
      ...subscription.attributes,
    ]),
  };
};

export const setSubscriptionAttributes: Action = (context, { form }) => {
  const { topic, subscription } = requireSubscription(context, form);
  const name = required(form, 'AttributeName');
  const value = form.get('AttributeValue') ?? '';
  checkAttribute(name, value, 'AttributeName');
  if (name === 'FilterPolicy') {
    const filter = parseFilterPolicy(value);
    if (filter.size > 0 && subscription.filter.size === 0) checkFilterQuota(context, topic);
    subscription.filter = filter;
  }
  subscription.attributes.set(name, value);
  return undefined;
};

export const listSubscriptions: Action = (context, { form }) =>
  renderList(context.account, context.account.subscriptions(), form.get('NextToken'));

export const listSubscriptionsByTopic: Action = (context, { form }) => {
  const topic = requireTopic(context, form);
  const { account } = context;
  return renderList(account, account.subscriptionsOf(topic), form.get('NextToken'));
};

function readTarget(protocol: string, endpoint: string): { protocol: Protocol; endpoint: string } {
  if (protocol !== 'email' && protocol !== 'sms') {
    throw invalidParameter(
      `Protocol Reason: the pretend SNS speaks email and sms, not ${protocol}`,
    );
  }
  if (protocol === 'sms') {
    if (!isPhoneNumber(endpoint)) throw invalidParameter(`Invalid SMS endpoint: ${endpoint}`);
  } else if (!/^[^\s@]+@[^\s@]+$/.test(endpoint)) {
    throw invalidParameter('Email address');
  }
  return { protocol, endpoint };
}

function checkAttribute(name: string, value: string, parameter: string): void {
  const valid = subscriptionAttributeRules[name];
  if (valid === undefined) throw invalidParameter(`${parameter} Reason: Unknown attribute ${name}`);
  if (!valid(value)) throw invalidParameter(`${parameter} Reason: invalid value for ${name}`);
}

function addSubscription(
  context: ActionContext,
  topic: Topic,
  asked: {
    target: { protocol: Protocol; endpoint: string };
    attributes: Map<string, string>;
  },
): Subscription {
  const { target, attributes } = asked;
  const filter = parseFilterPolicy(attributes.get('FilterPolicy') ?? '');
  if (filter.size > 0) checkFilterQuota(context, topic);
  return context.account.addSubscription(topic, target, { attributes, filter });
}

function askAgain(
  account: Account,
  subscription: Subscription,
  attributes: ReadonlyMap<string, string>,
): Subscription {
  for (const [name, value] of attributes) {
    if (subscription.attributes.get(name) !== value) {
      throw invalidParameter(
        'Attributes Reason: Subscription already exists with different attributes',
      );
    }
  }
  if (subscription.state === 'pending') account.askToConfirm(subscription);
  return subscription;
}

function checkFilterQuota(context: ActionContext, topic: Topic): void {
  const { account, limits } = context;
  const filtered = (list: Subscription[]): number =>
    list.filter(({ filter }) => filter.size > 0).length;
  if (
    filtered(account.subscriptionsOf(topic)) >= limits.filterPoliciesPerTopicMax ||
    filtered(account.subscriptions()) >= limits.filterPoliciesMax
  ) {
    throw new SnsError('FilterPolicyLimitExceeded', 'Filter policy limit exceeded');
  }
}

function requireSubscription(
  context: ActionContext,
  form: ReadonlyMap<string, string>,
): { topic: Topic; subscription: Subscription } {
  const arn = requireSubscriptionArn(form.get('SubscriptionArn') ?? '');
  const found = context.account.findSubscription(arn);
  if (found === undefined) throw new SnsError('NotFound', 'Subscription does not exist');
  return found;
}

function requireSubscriptionArn(arn: string): string {
  const elements = arn.split(':').length;
  if (elements !== 7 || !arn.startsWith('arn:aws:sns:')) {
    throw invalidParameter(
      `SubscriptionArn Reason: An ARN must have at least 6 elements, not ${String(elements)}`,
    );
  }
  return arn;
}

function renderList(
  account: Account,
  subscriptions: readonly Subscription[],
  token: string | undefined,
): XmlValue {
  const { items, nextToken } = page(subscriptions, token);
  return {
    Subscriptions: items.map(({ arn, topicArn, protocol, endpoint, state }) => ({
      SubscriptionArn: state === 'pending' ? 'PendingConfirmation' : arn,
      Owner: account.id,
      Protocol: protocol,
      Endpoint: endpoint,
      TopicArn: topicArn,
    })),
    NextToken: nextToken,
  };
}
