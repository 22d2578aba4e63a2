import type { SNSClient } from '@aws-sdk/client-sns';
import { PublishCommand } from '@aws-sdk/client-sns';

import type {
  Destination,
  EmailDestination,
  FollowResult,
  Notifier,
  OutgoingAlert,
  SendResult,
  SmsDestination,
  ThemeFollowing,
  Withheld,
} from '../notifier.ts';
import type { FailedTry } from './classify-error.ts';
import { classifyError } from './classify-error.ts';
import { MailPace } from './mail-pace.ts';
import type { SmsSettings } from './publish-input.ts';
import { phonePublishInput, topicPublishInput } from './publish-input.ts';
import type { SnsSettings } from './sns-settings.ts';
import { createSnsClient } from './sns-settings.ts';
import { SnsCallError, TopicBook } from './topic-book.ts';

/** Where a publish goes: a topic or a telephone. */
type Target = { readonly topicArn: string } | { readonly phone: string };

type Resolution = { readonly ok: true; readonly target: Target } | { ok: false; failed: FailedTry };

/**
 * Tells people by Amazon SNS: email through a topic of each subscriber's own, SMS straight to the
 * telephone, themes through a topic that people follow.
 *
 * What may repeat: SNS has no idempotency for standard topics. After a lost answer or a crash the
 * next try publishes again, with the same `alertId` among the attributes.
 */
export class SnsNotifier implements Notifier, ThemeFollowing {
  readonly #client: SNSClient;
  readonly #settings: SnsSettings;
  readonly #sms: SmsSettings;
  readonly #topics: TopicBook;
  readonly #pace: MailPace;
  readonly #nowMs: () => number;

  /** `nowMs`: wall epoch ms, for how long a confirmation is trusted. */
  constructor(settings: SnsSettings, nowMs: () => number) {
    this.#client = createSnsClient(settings);
    this.#settings = settings;
    this.#sms = { maxPriceUsd: settings.smsMaxPriceUsd };
    this.#nowMs = nowMs;
    this.#pace = new MailPace(settings.mailsPerSecond, settings.destinationsMax);
    this.#topics = new TopicBook(this.#client, settings, nowMs);
  }

  async prepare(destination: Destination): Promise<void> {
    await this.#resolve(destination);
  }

  async send(alert: OutgoingAlert, mayTell: () => boolean): Promise<SendResult | Withheld> {
    const resolution = await this.#resolve(alert.destination);
    if (!resolution.ok) return resolution.failed;
    const { target } = resolution;
    const waitMs = this.#waitFor(target);
    if (waitMs > 0) return { outcome: 'retry', reason: 'paced', retryAfterMs: waitMs };
    const input =
      'phone' in target
        ? phonePublishInput(target.phone, alert, this.#sms)
        : topicPublishInput(target.topicArn, alert, this.#sms);
    try {
      const { MessageId } = await this.#client.send(heldBack(new PublishCommand(input), mayTell));
      return { outcome: 'accepted', providerMessageId: MessageId ?? '' };
    } catch (error) {
      if (error instanceof HeldBackError) return { outcome: 'withheld' };
      const failed = classifyError(error, 'publish');
      if (failed.reason === 'topic-missing' && 'topicArn' in target) {
        this.#topics.forget(target.topicArn);
      }
      return failed;
    }
  }

  async follow(theme: string, follower: EmailDestination | SmsDestination): Promise<FollowResult> {
    if (follower.kind === 'sms' && !isPhoneNumber(follower.phone)) return invalidDestination;
    try {
      const state = await this.#topics.follow(theme, follower);
      return { outcome: state === 'confirmed' ? 'following' : 'asked' };
    } catch (error) {
      return failureOf(error);
    }
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  #waitFor(target: Target): number {
    return 'phone' in target ? 0 : this.#pace.take(target.topicArn, this.#nowMs());
  }

  async #resolve(destination: Destination): Promise<Resolution> {
    try {
      switch (destination.kind) {
        case 'sms':
          return resolvePhone(destination);
        case 'theme':
          return to({ topicArn: await this.#topics.themeTopic(destination.theme) });
        case 'email':
          return await this.#resolveMailbox(destination);
      }
    } catch (error) {
      return { ok: false, failed: failureOf(error) };
    }
  }

  async #resolveMailbox(destination: EmailDestination): Promise<Resolution> {
    const { topicArn, state } = await this.#topics.mailbox(destination);
    switch (state) {
      case 'confirmed':
        return to({ topicArn });
      case 'left':
        return { ok: false, failed: { outcome: 'rejected', reason: 'unsubscribed' } };
      case 'pending': {
        const retryAfterMs = this.#settings.unconfirmedRetryMs;
        return { ok: false, failed: { outcome: 'retry', reason: 'unconfirmed', retryAfterMs } };
      }
    }
  }
}

/** The SDK was about to send, and may not. */
class HeldBackError extends Error {}

/** The command, asking before each try of the SDK's own: between two of them much may have passed. */
function heldBack(command: PublishCommand, mayTell: () => boolean): PublishCommand {
  command.middlewareStack.add(
    (next) => (args) => {
      if (!mayTell()) throw new HeldBackError('the lease is over');
      return next(args);
    },
    { step: 'deserialize', name: 'crestLease' },
  );
  return command;
}

const invalidDestination: FailedTry = { outcome: 'rejected', reason: 'invalid-destination' };

function to(target: Target): Resolution {
  return { ok: true, target };
}

function resolvePhone({ phone }: SmsDestination): Resolution {
  return isPhoneNumber(phone) ? to({ phone }) : { ok: false, failed: invalidDestination };
}

/** E.164. Not every SNS refuses what is none. */
function isPhoneNumber(text: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(text);
}

/** Only failures of the topic book are answers; anything else is a bug and goes on. */
function failureOf(error: unknown): FailedTry {
  if (!(error instanceof SnsCallError)) throw error;
  return classifyError(error.cause, error.call);
}
