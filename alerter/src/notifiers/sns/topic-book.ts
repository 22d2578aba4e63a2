import type { SNSClient, Subscription } from '@aws-sdk/client-sns';
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  NotFoundException,
  paginateListSubscriptionsByTopic,
  SubscribeCommand,
} from '@aws-sdk/client-sns';

import type { EmailDestination, SmsDestination } from '../notifier.ts';
import { BoundedMap } from './bounded-map.ts';
import type { SnsCall } from './classify-error.ts';
import type { SnsSettings } from './sns-settings.ts';
import { subscriberTopicName, themeTopicName } from './topic-name.ts';

/**
 * A subscription as it was last seen.
 *
 * - `pending`: its owner has not confirmed it; messages to it are dropped.
 * - `confirmed`: messages to it are delivered.
 * - `left`: it was confirmed once and is gone; its owner left and is not asked again.
 */
export type SubscriptionState = 'pending' | 'confirmed' | 'left';

/** The topic of one mailbox and how its subscription stands. */
export type Mailbox = { readonly topicArn: string; readonly state: SubscriptionState };

/** A failed call to SNS with what it was about, for {@link classifyError}. */
export class SnsCallError extends Error {
  override readonly name = 'SnsCallError';
  readonly call: SnsCall;

  constructor(call: SnsCall, cause: unknown) {
    super(`SNS call failed: ${call}`, { cause });
    this.call = call;
  }
}

/** What is remembered of a mailbox. */
type MailboxEntry = Mailbox & {
  /** Undefined while SNS shows only that it is pending. */
  readonly subscriptionArn: string | undefined;
  /** Wall epoch ms. */
  readonly seenAtMs: number;
};

type SeenSubscription = Pick<MailboxEntry, 'subscriptionArn' | 'state'>;

/**
 * Knows the topic of each destination, and makes those that are missing.
 *
 * A subscription is made only where its topic lists none for the endpoint, because asking again
 * sends its owner another mail. Lookups of one destination at the same time share one.
 */
export class TopicBook {
  readonly #client: SNSClient;
  readonly #settings: SnsSettings;
  readonly #nowMs: () => number;
  readonly #topicArns: BoundedMap<string, string>;
  readonly #mailboxes: BoundedMap<string, MailboxEntry>;
  readonly #lookups = new Map<string, Promise<MailboxEntry>>();

  constructor(client: SNSClient, settings: SnsSettings, nowMs: () => number) {
    this.#client = client;
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#topicArns = new BoundedMap(settings.destinationsMax);
    this.#mailboxes = new BoundedMap(settings.destinationsMax);
  }

  /** @throws SnsCallError */
  themeTopic(theme: string): Promise<string> {
    return this.#topicArn(themeTopicName(this.#settings.topicPrefix, theme));
  }

  /** @throws SnsCallError */
  async mailbox(destination: EmailDestination): Promise<Mailbox> {
    const name = subscriberTopicName(this.#settings.topicPrefix, destination);
    const known = this.#mailboxes.get(name);
    if (known !== undefined && this.#isTrusted(known)) return known;
    const running = this.#lookups.get(name);
    if (running !== undefined) return running;
    const lookup = this.#lookUpMailbox(name, destination.address, known);
    this.#lookups.set(name, lookup);
    try {
      const entry = await lookup;
      this.#mailboxes.set(name, entry);
      return entry;
    } finally {
      this.#lookups.delete(name);
    }
  }

  /**
   * Puts someone on a theme's topic.
   *
   * @throws SnsCallError
   */
  async follow(
    theme: string,
    follower: EmailDestination | SmsDestination,
  ): Promise<SubscriptionState> {
    const topicArn = await this.themeTopic(theme);
    const endpoint = follower.kind === 'email' ? follower.address : follower.phone;
    return (await this.#ensureSubscribed(topicArn, follower.kind, endpoint)).state;
  }

  /** Forgets a topic that SNS no longer knows, and its mailbox. */
  forget(topicArn: string): void {
    const name = topicArn.slice(topicArn.lastIndexOf(':') + 1);
    this.#topicArns.delete(name);
    this.#mailboxes.delete(name);
  }

  #isTrusted({ state, seenAtMs }: MailboxEntry): boolean {
    if (state === 'left') return true;
    return state === 'confirmed' && this.#nowMs() - seenAtMs < this.#settings.confirmationTrustMs;
  }

  async #lookUpMailbox(
    name: string,
    address: string,
    known: MailboxEntry | undefined,
  ): Promise<MailboxEntry> {
    if (known?.subscriptionArn !== undefined) {
      const state = await this.#readState(known.subscriptionArn);
      if (state !== undefined) return { ...known, state, seenAtMs: this.#nowMs() };
      // A pending one that is gone has expired unread; a confirmed one was given up.
      if (known.state === 'confirmed' && (await this.#topicExists(known.topicArn))) {
        return { ...known, state: 'left' };
      }
    }
    const topicArn = await this.#topicArn(name);
    const subscribed = await this.#ensureSubscribed(topicArn, 'email', address);
    return { ...subscribed, topicArn, seenAtMs: this.#nowMs() };
  }

  async #topicArn(name: string): Promise<string> {
    const known = this.#topicArns.get(name);
    if (known !== undefined) return known;
    const answer = await this.#calling('create-topic', () =>
      this.#client.send(new CreateTopicCommand({ Name: name })),
    );
    const arn = answer.TopicArn ?? '';
    this.#topicArns.set(name, arn);
    return arn;
  }

  async #ensureSubscribed(
    topicArn: string,
    protocol: 'email' | 'sms',
    endpoint: string,
  ): Promise<SeenSubscription> {
    try {
      const listed = await this.#findSubscription(topicArn, endpoint);
      return listed ?? (await this.#subscribe(topicArn, protocol, endpoint));
    } catch (error) {
      if (error instanceof SnsCallError && error.cause instanceof NotFoundException) {
        this.forget(topicArn);
      }
      throw error;
    }
  }

  async #subscribe(
    topicArn: string,
    protocol: 'email' | 'sms',
    endpoint: string,
  ): Promise<SeenSubscription> {
    const answer = await this.#calling('subscribe', () =>
      this.#client.send(
        new SubscribeCommand({
          TopicArn: topicArn,
          Protocol: protocol,
          Endpoint: endpoint,
          ReturnSubscriptionArn: true,
        }),
      ),
    );
    const subscriptionArn = answer.SubscriptionArn ?? '';
    return { subscriptionArn, state: (await this.#readState(subscriptionArn)) ?? 'pending' };
  }

  async #findSubscription(
    topicArn: string,
    endpoint: string,
  ): Promise<SeenSubscription | undefined> {
    return this.#calling('read-subscription', async () => {
      const pages = paginateListSubscriptionsByTopic(
        { client: this.#client },
        { TopicArn: topicArn },
      );
      for await (const { Subscriptions = [] } of pages) {
        const found = Subscriptions.find((each: Subscription) => each.Endpoint === endpoint);
        // The list hides the ARN of a pending subscription behind the word PendingConfirmation.
        if (found?.SubscriptionArn?.startsWith('arn:') === true) {
          return { subscriptionArn: found.SubscriptionArn, state: 'confirmed' };
        }
        if (found !== undefined) return { subscriptionArn: undefined, state: 'pending' };
      }
      return undefined;
    });
  }

  /** Undefined where SNS knows no such subscription. */
  async #readState(subscriptionArn: string): Promise<'pending' | 'confirmed' | undefined> {
    return this.#calling('read-subscription', async () => {
      try {
        const answer = await this.#client.send(
          new GetSubscriptionAttributesCommand({ SubscriptionArn: subscriptionArn }),
        );
        return answer.Attributes?.['PendingConfirmation'] === 'true' ? 'pending' : 'confirmed';
      } catch (error) {
        if (error instanceof NotFoundException) return undefined;
        throw error;
      }
    });
  }

  /** A topic that was deleted takes its subscriptions along: then nobody has left. */
  async #topicExists(topicArn: string): Promise<boolean> {
    return this.#calling('read-subscription', async () => {
      try {
        await this.#client.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
        return true;
      } catch (error) {
        if (!(error instanceof NotFoundException)) throw error;
        this.forget(topicArn);
        return false;
      }
    });
  }

  async #calling<T>(call: SnsCall, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw new SnsCallError(call, error);
    }
  }
}
