import { randomUUID } from 'node:crypto';

import type { FilterPolicy } from './filter-policy.ts';

/** The protocols the pretend SNS delivers by. */
export type Protocol = 'email' | 'sms';

/** A topic and what was set on it. */
export type Topic = {
  readonly arn: string;
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** By subscription ARN. */
  readonly subscriptions: Map<string, Subscription>;
  /** Subscriptions that were deleted, for `SubscriptionsDeleted`. */
  deletedCount: number;
};

/**
 * A subscription.
 *
 * `state`: `pending` from Subscribe until its owner confirms (email), and again when the email rate
 * was exceeded; `confirmed` after that, and from the start for SMS. Pending ones vanish when their
 * token has expired.
 */
export type Subscription = {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly attributes: Map<string, string>;
  filter: FilterPolicy;
  state: 'pending' | 'confirmed';
  /** What the link in the confirmation mail carries. */
  token: string;
  /** Wall epoch ms of the last confirmation mail. */
  tokenIssuedAtMs: number;
  /** Whether an anonymous unsubscribe link is refused. */
  authenticateOnUnsubscribe: boolean;
  /** Wall epoch ms of the deliveries of the last second, for the email rate. */
  recentDeliveriesAtMs: number[];
};

/** A token, and so a subscription nobody confirms, lives this long. */
export const tokenLifetimeMs = 2 * 24 * 60 * 60 * 1_000;

/** Everything one AWS account owns in one region, without any rule of the API. */
export class Account {
  readonly region: string;
  readonly id: string;
  readonly topics = new Map<string, Topic>();
  /** Wall epoch ms since when, by telephone. */
  readonly optedOut = new Map<string, number>();
  /** Wall epoch ms of the last opt-in by the API, by telephone. */
  readonly optedInAtMs = new Map<string, number>();
  readonly smsAttributes = new Map<string, string>();
  readonly #nowMs: () => number;

  constructor(options: { region: string; accountId: string; nowMs: () => number }) {
    this.region = options.region;
    this.id = options.accountId;
    this.#nowMs = options.nowMs;
  }

  topicArn(name: string): string {
    return `arn:aws:sns:${this.region}:${this.id}:${name}`;
  }

  addTopic(
    name: string,
    attributes: Map<string, string>,
    tags: ReadonlyMap<string, string>,
  ): Topic {
    const arn = this.topicArn(name);
    const topic = { arn, name, attributes, tags, subscriptions: new Map(), deletedCount: 0 };
    this.topics.set(arn, topic);
    return topic;
  }

  addSubscription(
    topic: Topic,
    target: { protocol: Protocol; endpoint: string },
    settings: { attributes: Map<string, string>; filter: FilterPolicy },
  ): Subscription {
    const subscription: Subscription = {
      ...target,
      ...settings,
      arn: `${topic.arn}:${randomUUID()}`,
      topicArn: topic.arn,
      state: target.protocol === 'email' ? 'pending' : 'confirmed',
      token: newToken(),
      tokenIssuedAtMs: this.#nowMs(),
      authenticateOnUnsubscribe: false,
      recentDeliveriesAtMs: [],
    };
    topic.subscriptions.set(subscription.arn, subscription);
    return subscription;
  }

  /** Asks the owner to confirm (again): a new token, valid for its whole life. */
  askToConfirm(subscription: Subscription): void {
    subscription.state = 'pending';
    subscription.token = newToken();
    subscription.tokenIssuedAtMs = this.#nowMs();
  }

  /** The living subscriptions of a topic, in the order they were made. */
  subscriptionsOf(topic: Topic): Subscription[] {
    for (const subscription of topic.subscriptions.values()) {
      if (this.#hasExpired(subscription)) this.removeSubscription(topic, subscription);
    }
    return [...topic.subscriptions.values()];
  }

  subscriptions(): Subscription[] {
    return [...this.topics.values()].flatMap((topic) => this.subscriptionsOf(topic));
  }

  /** The living subscription of that ARN and its topic. */
  findSubscription(arn: string): { topic: Topic; subscription: Subscription } | undefined {
    const topic = this.topics.get(arn.slice(0, arn.lastIndexOf(':')));
    const subscription = topic?.subscriptions.get(arn);
    if (topic === undefined || subscription === undefined) return undefined;
    if (!this.#hasExpired(subscription)) return { topic, subscription };
    this.removeSubscription(topic, subscription);
    return undefined;
  }

  removeSubscription(topic: Topic, subscription: Subscription): void {
    if (topic.subscriptions.delete(subscription.arn)) topic.deletedCount += 1;
  }

  #hasExpired(subscription: Subscription): boolean {
    return (
      subscription.state === 'pending' &&
      this.#nowMs() - subscription.tokenIssuedAtMs >= tokenLifetimeMs
    );
  }
}

function newToken(): string {
  return `${randomUUID()}${randomUUID()}`.replaceAll('-', '');
}
