import { createHash } from 'node:crypto';

import type { EmailDestination } from '../notifier.ts';

/** Longest readable part; with prefix, hash and joints it stays far below the 256 SNS allows. */
const readableMax = 100;

/**
 * The name of a theme's topic. Different themes never share one: a theme that SNS would not take
 * as it is (other characters, too long) is told apart by a hash.
 */
export function themeTopicName(prefix: string, theme: string): string {
  if (/^[a-z0-9_-]+$/.test(theme) && theme.length <= readableMax && !/-[0-9a-f]{16}$/.test(theme)) {
    return `${prefix}-theme-${theme}`;
  }
  const readable = theme
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .slice(0, readableMax);
  return `${prefix}-theme-${readable}-${hash(theme)}`;
}

/**
 * The name of the topic for one subscriber's mailbox. A subscriber with two addresses has two
 * topics, because a message to a topic goes to every address on it. The name shows neither the
 * subscriber nor the address: names are not encrypted.
 */
export function subscriberTopicName(prefix: string, destination: EmailDestination): string {
  const { subscriber, address } = destination;
  return `${prefix}-subscriber-${hash(`${subscriber}\n${address}`)}`;
}

/** 64 bits, enough to tell a billion apart with a chance of 3 % for one pair to meet. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
