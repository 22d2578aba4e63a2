import { randomUUID } from 'node:crypto';

import type { InboxEntry, InboxOutcome } from '../inbox/inbox-entry.ts';
import type { Subscription, Topic } from './account.ts';
import type { Action, ActionContext, ActionRequest } from './action.ts';
import { requireTopic } from './action.ts';
import { matchesFilter } from './filter-policy.ts';
import type { Form } from './form.ts';
import { formGroups } from './form.ts';
import type { Message } from './message-rules.ts';
import {
  checkSmsText,
  filterSubject,
  messageBytesMax,
  readMessage,
  textFor,
} from './message-rules.ts';
import { isPhoneNumber } from './phone-number.ts';
import { countSmsParts } from './sms-parts.ts';
import { invalidParameter, SnsError } from './sns-error.ts';
import type { XmlValue } from './xml.ts';

const batchEntriesMax = 10;

/** Publishes to a topic or straight to a telephone. */
export const publish: Action = (context, request) => {
  const { form } = request;
  const phone = form.get('PhoneNumber');
  const target = form.get('TopicArn') ?? form.get('TargetArn');
  if (phone !== undefined && target !== undefined) {
    throw invalidParameter('PhoneNumber Reason: give a topic or a telephone, not both');
  }
  if (phone !== undefined) return publishToPhone(context, request, phone);
  if (target === undefined) {
    throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter');
  }
  const topic = requireTopic(context, form, form.has('TopicArn') ? 'TopicArn' : 'TargetArn');
  return { MessageId: publishToTopic(context, { topic, form, requestAtMs: request.requestAtMs }) };
};

/** Publishes up to ten messages; those that break a rule are answered among `Failed`. */
export const publishBatch: Action = (context, { form, requestAtMs }) => {
  const topic = requireTopic(context, form);
  const entries = formGroups(form, 'PublishBatchRequestEntries.member');
  checkBatch(entries);
  const successful: XmlValue[] = [];
  const failed: XmlValue[] = [];
  for (const entry of entries) {
    const id = entry.get('Id') ?? '';
    try {
      const messageId = publishToTopic(context, { topic, form: entry, requestAtMs });
      successful.push({ Id: id, MessageId: messageId });
    } catch (error) {
      if (!(error instanceof SnsError)) throw error;
      const { code, message, senderFault } = error;
      failed.push({ Id: id, Code: code, Message: message, SenderFault: senderFault });
    }
  }
  return { Successful: successful, Failed: failed };
};

function publishToPhone(context: ActionContext, request: ActionRequest, phone: string): XmlValue {
  if (!isPhoneNumber(phone)) {
    throw invalidParameter(`PhoneNumber Reason: ${phone} is not valid to publish to`);
  }
  const message = readMessage(request.form);
  checkSmsText(textFor(message, 'sms'));
  if (context.account.optedOut.has(phone)) {
    throw new SnsError('OptedOut', `The phone number ${phone} is opted out`);
  }
  const messageId = randomUUID();
  const deliver = startDelivery(context, { message, messageId, requestAtMs: request.requestAtMs });
  deliver('delivered', { protocol: 'sms', endpoint: phone });
  return { MessageId: messageId };
}

function publishToTopic(
  context: ActionContext,
  request: { topic: Topic; form: Form; requestAtMs: number },
): string {
  const { topic, form, requestAtMs } = request;
  const message = readMessage(form);
  const messageId = randomUUID();
  const subject = filterSubject(message);
  const deliver = startDelivery(context, { message, messageId, requestAtMs });
  const subscriptions = context.account.subscriptionsOf(topic);
  if (subscriptions.length === 0) {
    deliver('no-subscriber', { protocol: 'none', endpoint: '', topicArn: topic.arn });
  }
  for (const subscription of subscriptions) {
    const wanted = matchesFilter(subscription.filter, subject);
    const outcome = wanted ? deliveryOutcome(context, subscription) : 'filtered';
    deliver(outcome, { ...subscription, subscriptionArn: subscription.arn });
  }
  return messageId;
}

/** What becomes of a wanted message, and what that does to the subscription. */
function deliveryOutcome(context: ActionContext, subscription: Subscription): InboxOutcome {
  const { account } = context;
  if (subscription.state === 'pending') return 'unconfirmed';
  if (subscription.protocol === 'sms') {
    return account.optedOut.has(subscription.endpoint) ? 'opted-out' : 'delivered';
  }
  const max = context.limits.emailsPerSecondMax;
  if (max === undefined) return 'delivered';
  const nowMs = context.nowMs();
  const recent = subscription.recentDeliveriesAtMs.filter((atMs) => nowMs - atMs < 1_000);
  subscription.recentDeliveriesAtMs = recent;
  if (recent.length >= max) {
    account.askToConfirm(subscription);
    return 'suspended';
  }
  recent.push(nowMs);
  return 'delivered';
}

/** Where a message goes, and by what. */
type Route = InboxEntry['destination'] & {
  readonly topicArn?: string;
  readonly subscriptionArn?: string;
};

type Deliver = (outcome: InboxOutcome, route: Route) => void;

function startDelivery(
  context: ActionContext,
  sent: { message: Message; messageId: string; requestAtMs: number },
): Deliver {
  const { message, messageId, requestAtMs } = sent;
  const messageAttributes = Object.fromEntries(
    [...message.attributes].map(([name, { value }]) => [name, value]),
  );
  return (outcome, { protocol, endpoint, topicArn, subscriptionArn }) => {
    const text = textFor(message, protocol);
    context.deliver({
      version: 1,
      outcome,
      requestAtMs,
      acceptedAtMs: context.nowMs(),
      messageId,
      destination: { protocol, endpoint },
      topicArn: topicArn ?? null,
      subscriptionArn: subscriptionArn ?? null,
      subject: message.subject ?? null,
      message: text,
      messageAttributes,
      sms: protocol === 'sms' ? countSmsParts(text) : null,
    });
  };
}

function checkBatch(entries: readonly Form[]): void {
  if (entries.length === 0) {
    throw new SnsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  }
  if (entries.length > batchEntriesMax) {
    throw new SnsError('TooManyEntriesInBatchRequest', 'A batch holds at most 10 entries.');
  }
  const ids = entries.map((entry) => entry.get('Id') ?? '');
  if (!ids.every((id) => /^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw new SnsError('InvalidBatchEntryId', 'A batch entry id has 1 to 80 of A-Z a-z 0-9 _ -.');
  }
  if (new Set(ids).size < ids.length) {
    throw new SnsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
  if (entries.reduce((sum, entry) => sum + entryBytes(entry), 0) > messageBytesMax) {
    throw new SnsError('BatchRequestTooLong', 'The messages of the batch exceed 256 KiB together.');
  }
}

/** Counts also entries that break other rules, as SNS looks at the size of a batch first. */
function entryBytes(entry: Form): number {
  let bytes = 0;
  for (const [key, value] of entry) {
    if (key === 'Message' || key.startsWith('MessageAttributes.'))
      bytes += Buffer.byteLength(value);
  }
  return bytes;
}
