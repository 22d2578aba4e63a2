/**
 * Rules and themes: what somebody asked to be told of, as it stands in the collections `rules` and
 * `themes`. Whoever writes one checks it with `parseRule` or `parseTheme` first; whoever reads one
 * does so again, because people edit databases by hand.
 *
 * What a condition means, to the second, is in docs/reference/semantics.md, Rules and alerts.
 */
import { z } from 'zod';
import { normalisePhrase } from '../records/counter-wanted.ts';
import type { Parsed } from '../records/record.ts';

/** The most that each thing may be. The alerter keeps state in proportion to them. */
export const RULE_LIMITS = {
  /** Longest stretch that a sum looks back over, seconds. */
  withinSecondsMax: 300,
  atLeastMax: 1_000_000,
  scoreAtLeastMax: 1_000,
  /** Longest cool-down, seconds: a day. */
  cooldownSecondsMax: 86_400,
  phraseCharactersMax: 200,
  destinationsMax: 10,
  /** Channels named by one rule; a theme may hold more. */
  ruleChannelsMax: 1_000,
  themeChannelsMax: 10_000,
  themeFollowersMax: 1_000,
} as const;

/** Which channels a rule holds for, each by itself. */
export type RuleTarget =
  /** Named channels, by id or by login; one that is named twice counts once. */
  | { kind: 'channels'; channelIds: string[]; channelLogins: string[] }
  /** Every channel of a theme, as the theme stands at the time. */
  | { kind: 'theme'; theme: string };

/** What must happen in a channel. */
export type RuleCondition =
  /** At least so many messages in so many seconds. */
  | { kind: 'messages'; atLeast: number; withinSeconds: number }
  /** A spike with at least this score (`score` of records/spike-found.ts). */
  | { kind: 'spike'; scoreAtLeast: number }
  /** At least so many messages with the phrase in so many seconds. */
  | { kind: 'phrase'; phrase: string; atLeast: number; withinSeconds: number };

/** Where its alerts go. */
export type RuleDestination =
  | { kind: 'email'; address: string }
  /** In E.164 form: `+4915112345678`. */
  | { kind: 'sms'; phone: string }
  /** Everybody who follows the theme of the rule's target. */
  | { kind: 'theme' };

/** One document of `rules`. */
export interface Rule {
  _id: string;
  /** Whose rule it is: an account name, never shown to others. */
  owner: string;
  target: RuleTarget;
  condition: RuleCondition;
  /** A new episode begins this many seconds of event time after the last one began, or later. */
  cooldownSeconds: number;
  destinations: RuleDestination[];
  enabled: boolean;
  /** Wall time, epoch milliseconds. */
  createdAtMs: number;
}

/** One document of `themes`: a named list of channels, and who follows it. */
export interface Theme {
  /** The name. */
  _id: string;
  channelIds: string[];
  channelLogins: string[];
  /** Who hears of the alerts of rules whose destination is the theme. */
  followers: ThemeFollower[];
  /** Wall time, epoch milliseconds. */
  createdAtMs: number;
}

export type ThemeFollower =
  { kind: 'email'; address: string; subscriber: string } | { kind: 'sms'; phone: string };

/** Names of the collections. */
export const RULES_COLLECTION = 'rules';
export const THEMES_COLLECTION = 'themes';

const channelId = z.string().regex(/^\d{1,20}$/, 'expected a channel id: digits only');
const channelLogin = z
  .string()
  .regex(/^[a-z0-9_]{1,25}$/, 'expected a login: up to 25 of a-z, 0-9 and _');
const themeName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'expected a theme name: up to 64 of a-z, 0-9, _ and -');
const ruleId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected up to 64 letters, digits, dots, _ and -');
const owner = z.string().min(1, 'expected a name').max(100, 'expected at most 100 characters');
const address = z.email('expected an email address').max(254, 'expected at most 254 characters');
const phone = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'expected a telephone number in the form +4915112345678');

function wholeFrom(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
}

const channels = (max: number) => {
  const message = `expected at most ${max} channels`;
  return {
    channelIds: z.array(channelId).max(max, message).default([]),
    channelLogins: z.array(channelLogin).max(max, message).default([]),
  };
};

const target = z.discriminatedUnion('kind', [
  z
    .object({ kind: z.literal('channels'), ...channels(RULE_LIMITS.ruleChannelsMax) })
    .refine(
      ({ channelIds, channelLogins }) => channelIds.length + channelLogins.length > 0,
      'expected at least one channel',
    ),
  z.object({ kind: z.literal('theme'), theme: themeName }),
]);

const sumOver = {
  atLeast: wholeFrom(1, RULE_LIMITS.atLeastMax),
  withinSeconds: wholeFrom(1, RULE_LIMITS.withinSecondsMax),
};

const phraseMessage = `expected 1 to ${RULE_LIMITS.phraseCharactersMax} characters that are not all white space`;
const scoreMessage = `expected a score above 0, at most ${RULE_LIMITS.scoreAtLeastMax}`;

const condition = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('messages'), ...sumOver }),
  z.object({
    kind: z.literal('spike'),
    scoreAtLeast: z
      .number(scoreMessage)
      .positive(scoreMessage)
      .max(RULE_LIMITS.scoreAtLeastMax, scoreMessage),
  }),
  z.object({
    kind: z.literal('phrase'),
    phrase: z
      .string()
      .max(RULE_LIMITS.phraseCharactersMax, phraseMessage)
      .refine((phrase) => normalisePhrase(phrase) !== '', phraseMessage),
    ...sumOver,
  }),
]);

const destination = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('email'), address }),
  z.object({ kind: z.literal('sms'), phone }),
  z.object({ kind: z.literal('theme') }),
]);

const follower = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('email'), address, subscriber: owner }),
  z.object({ kind: z.literal('sms'), phone }),
]);

const destinationsMessage = `expected 1 to ${RULE_LIMITS.destinationsMax} destinations`;

export const ruleSchema = z
  .object({
    _id: ruleId,
    owner,
    target,
    condition,
    cooldownSeconds: wholeFrom(0, RULE_LIMITS.cooldownSecondsMax),
    destinations: z
      .array(destination)
      .min(1, destinationsMessage)
      .max(RULE_LIMITS.destinationsMax, destinationsMessage),
    enabled: z.boolean().default(true),
    createdAtMs: z.int().nonnegative(),
  })
  .refine(
    (rule) =>
      rule.target.kind === 'theme' || rule.destinations.every(({ kind }) => kind !== 'theme'),
    { path: ['destinations'], message: 'only a rule on a theme can tell the followers of a theme' },
  );

export const themeSchema = z.object({
  _id: themeName,
  ...channels(RULE_LIMITS.themeChannelsMax),
  followers: z
    .array(follower)
    .max(
      RULE_LIMITS.themeFollowersMax,
      `expected at most ${RULE_LIMITS.themeFollowersMax} followers`,
    )
    .default([]),
  createdAtMs: z.int().nonnegative(),
});

/** Reads a rule; what is wrong with it, field by field, where it is none. */
export function parseRule(document: unknown): Parsed<Rule> {
  return parsedBy(ruleSchema, document);
}

/** Reads a theme; what is wrong with it, field by field, where it is none. */
export function parseTheme(document: unknown): Parsed<Theme> {
  return parsedBy(themeSchema, document);
}

function parsedBy<T>(schema: z.ZodType<T>, document: unknown): Parsed<T> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return { ok: false, reason: problems.join('; ') };
}
