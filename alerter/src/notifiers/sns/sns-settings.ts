import type { SNSClientConfig } from '@aws-sdk/client-sns';
import { SNSClient } from '@aws-sdk/client-sns';

/** Everything the SNS notifier has to be told. */
export type SnsSettings = {
  /** URL of another SNS than Amazon's own; undefined = Amazon's for the region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Fixed credentials; undefined = the SDK's usual chain (environment, profile, role). */
  readonly credentials:
    { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** First part of every topic's name, so that installations can share an account. */
  readonly topicPrefix: string;
  /** Wall ms for a connection to be made. */
  readonly connectionTimeoutMs: number;
  /** Wall ms for one answer. */
  readonly requestTimeoutMs: number;
  /** Tries of one request inside the SDK. Small, because the outbox retries. */
  readonly attemptsMax: number;
  /** Most US dollars a part of an SMS may cost; undefined = the account's own limit. */
  readonly smsMaxPriceUsd: string | undefined;
  /** Mails that one mailbox gets in a second at most from this process; a whole number. */
  readonly mailsPerSecond: number;
  /** Destinations remembered with their topics; those used longest ago are looked up again. */
  readonly destinationsMax: number;
  /**
   * Wall ms for which a confirmed email subscription is taken to be so still. SNS suspends one
   * that gets too many mails, and its owner may leave at any time.
   */
  readonly confirmationTrustMs: number;
  /** Wall ms after which an alert to an unconfirmed address is worth another try. */
  readonly unconfirmedRetryMs: number;
};

/** Defaults of all settings that have one. */
export const defaultSnsSettings = {
  endpoint: undefined,
  region: 'eu-central-1',
  credentials: undefined,
  topicPrefix: 'crest',
  connectionTimeoutMs: 2_000,
  requestTimeoutMs: 5_000,
  attemptsMax: 2,
  smsMaxPriceUsd: '0.50',
  mailsPerSecond: 4,
  destinationsMax: 10_000,
  confirmationTrustMs: 5 * 60_000,
  unconfirmedRetryMs: 30_000,
} as const satisfies SnsSettings;

/**
 * The SDK's client. Without `throwOnRequestTimeout` it only warns of a request that takes too long
 * and waits for ever.
 */
export function createSnsClient(settings: SnsSettings): SNSClient {
  const config: SNSClientConfig = {
    region: settings.region,
    maxAttempts: settings.attemptsMax,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: settings.connectionTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  };
  if (settings.endpoint !== undefined) config.endpoint = settings.endpoint;
  if (settings.credentials !== undefined) config.credentials = settings.credentials;
  return new SNSClient(config);
}

/**
 * Requests of the longest send: one that finds its mailbox gone, makes it again and publishes.
 */
const requestsPerSendMax = 7;

/** The SDK's standard mode waits less than this between the first few tries of a request. */
const retryDelayMaxMs = 1_000;

/**
 * Longest wall ms that one `send` may take when every request of it runs into its time-out. The
 * lease of an alert has to be longer, or another sender takes it over in the middle.
 */
export function sendDurationMaxMs(settings: SnsSettings): number {
  const { attemptsMax, connectionTimeoutMs, requestTimeoutMs } = settings;
  const attemptMs = connectionTimeoutMs + requestTimeoutMs;
  const requestMs = attemptsMax * attemptMs + (attemptsMax - 1) * retryDelayMaxMs;
  return requestsPerSendMax * requestMs;
}
