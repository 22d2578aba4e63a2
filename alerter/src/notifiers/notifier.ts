/**
 * The port through which the alerter tells someone.
 *
 * The outbox owns retries, back-off, leases and dead letters; a notifier makes one bounded try and
 * says what came of it in words from a closed union, so that metric labels stay bounded.
 */

/** Where an alert goes. One alert has exactly one destination. */
export type Destination = EmailDestination | SmsDestination | ThemeDestination;

/** One person's mailbox. `subscriber` is the owner of the rule, never shown to others. */
export type EmailDestination = {
  readonly kind: 'email';
  readonly address: string;
  readonly subscriber: string;
};

/** One telephone, in E.164 form (`+4915112345678`). */
export type SmsDestination = { readonly kind: 'sms'; readonly phone: string };

/** Everyone who follows a theme, by whatever way each has chosen. */
export type ThemeDestination = { readonly kind: 'theme'; readonly theme: string };

/** What is to be said to one destination, in every form a way of telling may want. */
export type OutgoingAlert = {
  /** The outbox id. Travels along (message attribute `alertId`), so that repeats can be seen. */
  readonly alertId: string;
  readonly destination: Destination;
  /**
   * ASCII, under 100 characters, no line breaks and no chat text. A notifier cuts and cleans what
   * breaks those rules rather than lose the alert.
   */
  readonly subject: string;
  /** The long text, for email. */
  readonly body: string;
  /** The short text: one GSM-7 part, at most 160 characters. */
  readonly smsText: string;
  /** Small facts for filters (rule, channel id); at most 8, never chat text, never empty strings. */
  readonly attributes: Readonly<Record<string, string>>;
};

/**
 * Why a try may be made again. After `timeout`, `network` and `unavailable` the message may have
 * been delivered all the same: another try may repeat it.
 *
 * - `throttled`: asked to slow down.
 * - `paced`: not tried yet, because the mailbox had its share of this second.
 * - `timeout`: no answer in time.
 * - `network`: the connection was refused, reset or not found.
 * - `unavailable`: the other side failed (5xx).
 * - `unconfirmed`: the person has not confirmed the email subscription yet.
 * - `credentials`: our credentials were refused; an operator has to act.
 * - `topic-missing`: the topic vanished; the next try creates it again.
 * - `unknown`: an answer we do not know; retried, because the outbox bounds the tries.
 */
export const retryReasons = [
  'paced',
  'throttled',
  'timeout',
  'network',
  'unavailable',
  'unconfirmed',
  'credentials',
  'topic-missing',
  'unknown',
] as const;
export type RetryReason = (typeof retryReasons)[number];

/**
 * Why no further try helps.
 *
 * - `opted-out`: the telephone's owner answered STOP.
 * - `unsubscribed`: the mailbox's owner left; asking again would be spam.
 * - `invalid-destination`: not an address or number the provider accepts.
 * - `invalid-message`: the provider refuses the text, subject or attributes.
 * - `forbidden`: our account may not do this.
 * - `limit-exceeded`: an account quota (topics, subscriptions, filter policies) is used up.
 */
export const rejectReasons = [
  'opted-out',
  'unsubscribed',
  'invalid-destination',
  'invalid-message',
  'forbidden',
  'limit-exceeded',
] as const;
export type RejectReason = (typeof rejectReasons)[number];

/** What came of one try. */
export type SendResult =
  | { readonly outcome: 'accepted'; readonly providerMessageId: string }
  | {
      readonly outcome: 'retry';
      readonly reason: RetryReason;
      /** Wall ms the provider or the reason asks us to wait at least; undefined = our back-off. */
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly outcome: 'rejected'; readonly reason: RejectReason };

/** Nothing was said, because `mayTell` had become false. */
export type Withheld = { readonly outcome: 'withheld' };

/** One way of telling someone. All methods may be called concurrently. */
export interface Notifier {
  /**
   * Makes the destination ready (creates its topic, asks the person to confirm), so that the first
   * alert does not wait for it. Idempotent; optional, because `send` does the same when needed.
   * Never rejects for what the provider answers: an unready destination shows in `send`.
   */
  prepare(destination: Destination): Promise<void>;

  /**
   * One bounded try (time-outs of the transport apply). Never rejects for what the provider or the
   * network does; a rejection is a bug. `accepted` means that the provider has taken charge.
   * `mayTell` is asked right before the provider is told: preparing may have taken long.
   */
  send(alert: OutgoingAlert, mayTell: () => boolean): Promise<SendResult | Withheld>;

  /** Closes idle connections. Sends in flight fail with `retry`. Idempotent. */
  close(): Promise<void>;
}

/** What came of asking to put someone on a theme; `asked`: the person has to confirm it first. */
export type FollowResult =
  { readonly outcome: 'following' | 'asked' } | Exclude<SendResult, { outcome: 'accepted' }>;

/** Who follows a theme is kept by the provider, so that one message reaches all of them. */
export interface ThemeFollowing {
  /** Puts someone on a theme. Idempotent; asks the person to confirm at most once. */
  follow(theme: string, follower: EmailDestination | SmsDestination): Promise<FollowResult>;
}
