/** Rules and themes of a run: the demo ones, or those of a file. */
import { readFileSync } from 'node:fs';
import { parseRule, parseTheme, type Rule, type Theme } from '@crest/shared/domain/rule';
import type { Parsed } from '@crest/shared/records/record';
import { CliError, EXIT } from '../cli-error.ts';
import { DEMO_RULES } from '../demo/demo-rules.ts';
import { DEMO_FOLLOWERS, themesOf } from '../demo/themes.ts';
import type { Channel } from './kafka-desk.ts';

export interface RulesAndThemes {
  readonly rules: readonly Rule[];
  readonly themes: readonly Theme[];
}

const DEMO_OWNER = 'demo';

/**
 * Rules and themes for a run on these channels. Themes made from the channels' names are always
 * there; a file may add to them and replaces those of the same name.
 */
export function rulesOfRun(
  file: RulesAndThemes | null,
  channels: readonly Channel[],
  createdAtMs: number,
): RulesAndThemes {
  const made = themesOf(channels, file === null ? DEMO_FOLLOWERS : [], createdAtMs);
  if (file === null) {
    const rules = DEMO_RULES.map((rule) => ({
      ...rule,
      owner: DEMO_OWNER,
      enabled: true,
      createdAtMs,
    }));
    return { rules, themes: made };
  }
  const given = new Set(file.themes.map(({ _id }) => _id));
  return {
    rules: file.rules,
    themes: [...made.filter(({ _id }) => !given.has(_id)), ...file.themes],
  };
}

/**
 * Reads a file of rules: a JSON list of rules, or `{"rules": [...], "themes": [...]}`.
 * `owner` and `createdAtMs` may be left out.
 * @throws CliError (usage) that names the rule and the field that is wrong.
 */
export function readRulesFile(path: string, createdAtMs: number): RulesAndThemes {
  const json = readJson(path);
  const { rules = [], themes = [] } = (Array.isArray(json) ? { rules: json } : json) as {
    rules?: unknown[];
    themes?: unknown[];
  };
  if (!Array.isArray(rules) || !Array.isArray(themes)) {
    throw new CliError(`${path}: expected {"rules": [...], "themes": [...]}.`, EXIT.usage);
  }
  const defaults = { owner: DEMO_OWNER, createdAtMs };
  return {
    rules: rules.map((rule, i) =>
      checked(parseRule, withDefaults(rule, defaults), `${path}: rule ${i + 1}`),
    ),
    themes: themes.map((theme, i) =>
      checked(parseTheme, withDefaults(theme, { createdAtMs }), `${path}: theme ${i + 1}`),
    ),
  };
}

/** The value, or a complaint about where it came from. @throws CliError (usage). */
export function checked<T>(
  parse: (document: unknown) => Parsed<T>,
  document: unknown,
  where: string,
): T {
  const parsed = parse(document);
  if (parsed.ok) return parsed.value;
  throw new CliError(`${where}: ${parsed.reason}.`, EXIT.usage);
}

function withDefaults(document: unknown, defaults: object): unknown {
  return typeof document === 'object' && document !== null
    ? { ...defaults, ...document }
    : document;
}

function readJson(path: string): unknown {
  try {
    const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof json === 'object' && json !== null) return json;
  } catch (cause) {
    const message = `${path} cannot be read as JSON (${(cause as Error).message}): see "crest rules add --help" for the form of a rule.`;
    throw new CliError(message, EXIT.usage, { cause });
  }
  throw new CliError(`${path}: expected a list of rules.`, EXIT.usage);
}
