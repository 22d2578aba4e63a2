/**
 * Settings: one table per service, read from the environment once, checked as a whole.
 *
 * A setting `kafka.brokers` is the variable `CREST_KAFKA_BROKERS` and `config.kafka.brokers`:
 * the same words everywhere. Malformed values, missing ones and unknown `CREST_` variables are all
 * reported together, before anything starts.
 */
import { z } from 'zod';
import { CrestError } from './errors.ts';
import { parseEventClock, type EventClockSetting } from './event-clock.ts';

export interface Setting<T> {
  /** Reads the text of the variable. */
  readonly schema: z.ZodType<T, string>;
  /** Text of the default; null for a setting that must be given. */
  readonly fallback: string | null;
  /** Unit of the value, for people; empty for none. */
  readonly unit: string;
  /** What it is, and why the default is what it is. One or two sentences. */
  readonly doc: string;
  /** Never shown in messages, logs and docs. */
  readonly secret?: boolean;
}

/** A flat table of settings by dotted name. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** The values of a table, flat, by dotted name. */
export type ConfigOf<T extends SettingTable> = { readonly [K in keyof T]: ValueOf<T[K]> };

const PREFIX = 'CREST_';

/** The environment variable of a setting: `twitch.ircUrl` is `CREST_TWITCH_IRC_URL`. */
export function variableOf(name: string): string {
  const words = name.replaceAll('.', '_').replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
  return PREFIX + words.toUpperCase();
}

/**
 * Reads a table from the environment.
 *
 * `shared` names further variables with our prefix that others own and that are let pass.
 * @throws CrestError CONFIG_INVALID that lists every problem, one a line.
 */
export function parseConfig<T extends SettingTable>(
  table: T,
  env: Readonly<Record<string, string | undefined>>,
  shared: readonly string[] = [],
): ConfigOf<T> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    const read = readSetting(name, setting, env[variableOf(name)]);
    if (read.ok) values[name] = read.value;
    else problems.push(read.problem);
  }
  problems.push(...unknownVariables(table, env, shared));
  if (problems.length > 0) {
    throw new CrestError('CONFIG_INVALID', `settings are wrong:\n  ${problems.join('\n  ')}`);
  }
  return Object.freeze(values) as ConfigOf<T>;
}

function readSetting(
  name: string,
  setting: Setting<unknown>,
  given: string | undefined,
): { ok: true; value: unknown } | { ok: false; problem: string } {
  const text = given ?? setting.fallback;
  const variable = variableOf(name);
  if (text === null) return { ok: false, problem: `${variable} is missing: ${setting.doc}` };
  const parsed = setting.schema.safeParse(text);
  if (parsed.success) return { ok: true, value: parsed.data };
  const shown = setting.secret === true ? '(hidden)' : JSON.stringify(text);
  const expected = parsed.error.issues[0]?.message ?? 'another form';
  return { ok: false, problem: `${variable} is ${shown}: ${expected}` };
}

function unknownVariables(
  table: SettingTable,
  env: Readonly<Record<string, string | undefined>>,
  shared: readonly string[],
): string[] {
  const known = new Set([...Object.keys(table).map(variableOf), ...shared]);
  return Object.keys(env)
    .filter((variable) => variable.startsWith(PREFIX) && !known.has(variable))
    .filter((variable) => !FOREIGN.some((prefix) => variable.startsWith(prefix)))
    .sort()
    .map((variable) => `${variable} is not a setting of this service: remove or correct it`);
}

// Variables of the tools around the services, such as the place of downloads.
const FOREIGN = ['CREST_CACHE_DIR', 'CREST_TEST_'];

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const message = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^-?\d+$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** A number from `min` to `max`. */
export function decimal(min: number, max: number): z.ZodType<number, string> {
  const message = `expected a number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** Any text, also none. */
export function text(): z.ZodType<string, string> {
  return z.string();
}

/** Text that matches; `expected` says in words what. */
export function textLike(pattern: RegExp, expected: string): z.ZodType<string, string> {
  return z.string().regex(pattern, `expected ${expected}`);
}

/** One of a closed list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(
  words: T,
): z.ZodType<T[number], string> {
  return z.string().refine((value) => words.includes(value), `expected one of ${words.join(', ')}`);
}

/** `true` or `false`. */
export function yesOrNo(): z.ZodType<boolean, string> {
  return z
    .string()
    .regex(/^(true|false)$/, 'expected true or false')
    .transform((value) => value === 'true');
}

/** A comma-separated list with at least one entry. */
export function list(): z.ZodType<string[], string> {
  return z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((entry) => entry.trim())
        .filter(Boolean),
    )
    .refine((entries) => entries.length > 0, 'expected a comma-separated list');
}

/** An event clock: `wall`, or the three numbers of a replay. */
export function eventClockSetting(): z.ZodType<EventClockSetting, string> {
  return z.string().transform((value, context) => {
    try {
      return parseEventClock(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}
