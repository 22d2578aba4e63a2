/**
 * The alerter's settings: one table, read once. docs/reference/config.md is made from it.
 * Credentials for SNS are the SDK's own variables (`AWS_ACCESS_KEY_ID` and so on).
 */
import { COMMON_SETTINGS } from '@crest/shared/common-settings';
import {
  decimal,
  parseConfig,
  text,
  textLike,
  wholeNumber,
  type ConfigOf,
} from '@crest/shared/config';

const outbox = {
  'outbox.sendsInFlightMax': {
    schema: wholeNumber(1, 256),
    fallback: '8',
    unit: 'alerts',
    doc: 'Alerts that are sent at once. A crash repeats at most as many.',
  },
  'outbox.leaseMs': {
    schema: wholeNumber(1_000, 600_000),
    fallback: '20000',
    unit: 'ms, wall',
    doc: 'So long after a crash its sends in flight are taken over. Renewed while a send lasts.',
  },
  'outbox.pollIntervalMs': {
    schema: wholeNumber(50, 60_000),
    fallback: '500',
    unit: 'ms, wall',
    doc: 'How often to look for retries that came due, and in every tenth of these intervals for what another process left. New alerts do not wait for it.',
  },
  'outbox.retryInitialMs': {
    schema: wholeNumber(10, 600_000),
    fallback: '500',
    unit: 'ms, wall',
    doc: 'Delay before the first retry; it doubles with each, half of it random.',
  },
  'outbox.retryMaxMs': {
    schema: wholeNumber(10, 3_600_000),
    fallback: '30000',
    unit: 'ms, wall',
    doc: 'No delay between two tries is longer.',
  },
  'outbox.attemptsMax': {
    schema: wholeNumber(1, 10_000),
    fallback: '100',
    unit: 'tries',
    doc: 'After so many the alert is given up. The age decides first by default.',
  },
  'outbox.ageMaxMs': {
    schema: wholeNumber(1_000, 172_800_000),
    fallback: '900000',
    unit: 'ms, wall',
    doc: 'An alert that could not be sent for so long is given up: news of a moment is stale by then.',
  },
  'outbox.keepMs': {
    schema: wholeNumber(172_800_000, 31_536_000_000),
    fallback: '604800000',
    unit: 'ms, wall',
    doc: 'How long the outbox remembers. Longer than the longest cool-down, by which repeats are known.',
  },
} as const;

const sns = {
  'sns.endpoint': {
    schema: text(),
    fallback: '',
    unit: '',
    doc: "URL of an SNS that is not Amazon's own; empty for Amazon's.",
  },
  'sns.region': {
    schema: textLike(/^[a-z0-9-]+$/, 'a region such as eu-central-1'),
    fallback: 'eu-central-1',
    unit: '',
    doc: 'Region of the topics.',
  },
  'sns.topicPrefix': {
    schema: textLike(/^[A-Za-z0-9_-]{1,60}$/, 'up to 60 letters, digits, _ and -'),
    fallback: 'crest',
    unit: '',
    doc: 'First part of the name of every topic in SNS.',
  },
  'sns.connectionTimeoutMs': {
    schema: wholeNumber(50, 60_000),
    fallback: '2000',
    unit: 'ms, wall',
    doc: 'Time for a connection to SNS.',
  },
  'sns.requestTimeoutMs': {
    schema: wholeNumber(50, 60_000),
    fallback: '5000',
    unit: 'ms, wall',
    doc: 'Time for one answer of SNS.',
  },
  'sns.mailsPerSecond': {
    schema: wholeNumber(1, 9),
    fallback: '4',
    unit: 'mails a second',
    doc: 'The most that one mailbox gets from this process; what is over waits. SNS suspends a subscription above 10 a second of all alerters together: lower it where there are more than two.',
  },
  'sns.smsMaxPriceUsd': {
    schema: decimal(0, 100),
    fallback: '0.50',
    unit: 'US dollars',
    doc: 'A part of an SMS that would cost more is not sent; 0 for the limit of the account.',
  },
} as const;

export const SETTINGS = {
  ...COMMON_SETTINGS,
  ...outbox,
  ...sns,
  'rules.refreshMs': {
    schema: wholeNumber(100, 600_000),
    fallback: '2000',
    unit: 'ms, wall',
    doc: 'How often rules and themes are read from the database: a change is in force that soon.',
  },
  'rules.documentsMax': {
    schema: wholeNumber(1, 1_000_000),
    fallback: '20000',
    unit: 'documents',
    doc: 'The most rules, and the most themes, that are read. What is over is left out and counted.',
  },
  'rules.prepareTimeoutMs': {
    schema: wholeNumber(0, 600_000),
    fallback: '10000',
    unit: 'ms, wall',
    doc: 'How long a start waits for destinations to be made ready. What is left goes on behind.',
  },
  snapshotIntervalMs: {
    schema: wholeNumber(100, 600_000),
    fallback: '10000',
    unit: 'ms, wall',
    doc: 'At least so long between two snapshots of a partition: what a restart reads again.',
  },
} as const;

export type AlerterConfig = ConfigOf<typeof SETTINGS>;

/** Reads the alerter's settings. @throws CrestError CONFIG_INVALID. */
export function parseAlerterConfig(
  env: Readonly<Record<string, string | undefined>>,
): AlerterConfig {
  return parseConfig(SETTINGS, env);
}
