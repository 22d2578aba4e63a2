/**
 * The rules that are in force, arranged for the question "which of them hold for this channel?".
 * A book never changes: what is added or taken away makes a new one.
 */
import { createHash } from 'node:crypto';
import type { Rule, Theme } from '@crest/shared/domain/rule';
import { counterIdOf, normalisePhrase } from '@crest/shared/records/counter-wanted';
import type { Threshold } from './episodes.ts';

/** Id of the series of all messages of a channel; every other series is a counter's. */
export const MESSAGES_SERIES = 'messages';

interface Evaluated {
  readonly rule: Rule;
  /** Changes with whatever is evaluated: a machine's state is never used for another condition. */
  readonly machineId: string;
}

/** A rule on a sum over seconds. */
export interface CountRule extends Evaluated {
  /** What it counts: `MESSAGES_SERIES` or a counter id. */
  readonly seriesId: string;
  readonly threshold: Threshold;
}

/** A rule on spikes. */
export interface SpikeRule extends Evaluated {
  readonly scoreAtLeast: number;
}

/** The rules that hold for one channel. */
export interface ChannelRules {
  readonly counts: readonly CountRule[];
  readonly spikes: readonly SpikeRule[];
}

type Entry = CountRule | SpikeRule;

const NONE: ChannelRules = { counts: [], spikes: [] };

export class RuleBook {
  readonly #byId = new Map<string, Entry[]>();
  readonly #byLogin = new Map<string, Entry[]>();
  readonly #entries = new Map<string, Entry>();
  readonly #phrases = new Map<string, string>();
  readonly #cache = new Map<string, { login: string; rules: ChannelRules }>();

  /** `rules` that are off, and those on a theme that is not there, hold for no channel. */
  constructor(rules: readonly Rule[], themes: readonly Theme[]) {
    const themesByName = new Map(themes.map((theme) => [theme._id, theme]));
    for (const rule of rules) {
      if (!rule.enabled) continue;
      const { target } = rule;
      const channels = target.kind === 'theme' ? themesByName.get(target.theme) : target;
      const entry = entryOf(rule);
      this.#entries.set(rule._id, entry);
      for (const id of new Set(channels?.channelIds)) push(this.#byId, id, entry);
      for (const login of new Set(channels?.channelLogins)) push(this.#byLogin, login, entry);
      if (rule.condition.kind !== 'phrase') continue;
      const { phrase } = rule.condition;
      this.#phrases.set(counterIdOf(phrase), normalisePhrase(phrase));
    }
  }

  /** The rules for a channel, named by its id or by its login. */
  rulesFor(channelId: string, login: string): ChannelRules {
    const cached = this.#cache.get(channelId);
    if (cached?.login === login) return cached.rules;
    const named = [...(this.#byId.get(channelId) ?? []), ...(this.#byLogin.get(login) ?? [])];
    const rules = named.length === 0 ? NONE : divided([...new Set(named)]);
    this.#cache.set(channelId, { login, rules });
    return rules;
  }

  /** True while a rule is in force as it was when `rule` was read from a book. */
  has(rule: Rule): boolean {
    return this.#entries.get(rule._id)?.machineId === entryOf(rule).machineId;
  }

  /** Ids of all machines that may be running. */
  machineIds(): ReadonlySet<string> {
    return new Set([...this.#entries.values()].map(({ machineId }) => machineId));
  }

  /** Phrases to be counted, normalised, by counter id. */
  get phrases(): ReadonlyMap<string, string> {
    return this.#phrases;
  }

  /** Rules in force. */
  get rules(): readonly Rule[] {
    return [...this.#entries.values()].map(({ rule }) => rule);
  }
}

/** The book of no rules. */
export const EMPTY_BOOK = new RuleBook([], []);

function entryOf(rule: Rule): Entry {
  const { condition, cooldownSeconds } = rule;
  const machineId = `${rule._id}~${digest(JSON.stringify([condition, cooldownSeconds]))}`;
  if (condition.kind === 'spike') {
    return { rule, machineId, scoreAtLeast: condition.scoreAtLeast };
  }
  const { atLeast, withinSeconds } = condition;
  const seriesId = condition.kind === 'phrase' ? counterIdOf(condition.phrase) : MESSAGES_SERIES;
  return { rule, machineId, seriesId, threshold: { atLeast, withinSeconds, cooldownSeconds } };
}

function divided(entries: readonly Entry[]): ChannelRules {
  return {
    counts: entries.filter((entry) => 'threshold' in entry),
    spikes: entries.filter((entry) => 'scoreAtLeast' in entry),
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function push(lists: Map<string, Entry[]>, key: string, entry: Entry): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [entry]);
  else list.push(entry);
}
