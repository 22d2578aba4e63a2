import type { Command } from 'commander';
import {
  parseRule,
  type Rule,
  type RuleCondition,
  type RuleDestination,
} from '@crest/shared/domain/rule';
import { CliError, EXIT } from '../cli-error.ts';
import { table } from '../core/screen/summary.ts';
import type { CommandContext } from '../program.ts';
import { checked, readRulesFile } from '../run/rules-file.ts';
import {
  examples,
  withDatabase,
  withDatabaseOptions,
  type DatabaseOptions,
} from './command-parts.ts';

interface AddOptions extends DatabaseOptions {
  readonly file?: string;
  readonly owner: string;
  readonly theme?: string;
  readonly channels?: string;
  readonly messages?: string;
  readonly spike?: string;
  readonly phrase?: string;
  readonly atLeast?: string;
  readonly within: string;
  readonly cooldown: string;
  readonly email: readonly string[];
  readonly sms: readonly string[];
  readonly followers?: true;
}

/** `crest rules`. */
export function addRules(program: Command, context: CommandContext): void {
  const rules = program
    .command('rules')
    .summary('who is told of what')
    .description('Rules say when somebody is told: how much of what, in which channels, to whom.');
  addList(rules, context);
  addRemove(rules, context);
  const add = rules
    .command('add')
    .summary('add or replace a rule')
    .description('Adds a rule, or replaces the one of the same name. It holds from now on.')
    .argument('[name]', 'name of the rule')
    .option('--file <file>', 'rules and themes from a JSON file instead')
    .option('--owner <name>', 'whose rule it is', 'me')
    .option('--theme <name>', 'for every channel of a theme ("everything" is made by crest up)')
    .option('--channels <logins>', 'for these channels, comma-separated')
    .option('--messages <n>', 'when so many messages come within --within')
    .option('--phrase <text>', 'when --at-least messages with this phrase come within --within')
    .option('--at-least <n>', 'messages with the phrase')
    .option('--spike <score>', 'when a spike has at least this score')
    .option('--within <seconds>', 'the span that is looked at', '10')
    .option('--cooldown <seconds>', 'event time until the next alert of a channel', '600')
    .option('--email <address>', 'tell this address; may be given again', collect, [])
    .option(
      '--sms <number>',
      'tell this telephone, as +4915112345678; may be given again',
      collect,
      [],
    )
    .option('--followers', 'tell everybody who follows the theme');
  withDatabaseOptions(add)
    .addHelpText(
      'after',
      examples(
        [
          'crest rules add gg --theme everything --phrase gg --at-least 10 --email me@example.org',
          '',
        ],
        ['crest rules add loud --channels shroud --messages 50 --sms +4915112345678', ''],
        ['crest rules add --file my-rules.json', '{"rules": [...], "themes": [...]}'],
      ),
    )
    .action(async (name: string | undefined, options: AddOptions) => {
      const added = rulesToAdd(name, options);
      await withDatabase(options, (database) => database.putRules(added.rules, added.themes));
      const { output } = context;
      if (options.json) output.json(added);
      else output.print(`Added ${added.rules.map(({ _id }) => _id).join(', ') || 'nothing'}.`);
    });
}

function addList(rules: Command, { output }: CommandContext): void {
  withDatabaseOptions(rules.command('list').summary('every rule'))
    .addHelpText('after', examples(['crest rules list', ''], ['crest rules list --json', '']))
    .action(async (options: DatabaseOptions) => {
      const found = await withDatabase(options, (database) =>
        database.rules.find({}).sort({ _id: 1 }).toArray(),
      );
      if (options.json) output.json(found);
      else output.print(rulesTable(found));
    });
}

function addRemove(rules: Command, { output }: CommandContext): void {
  withDatabaseOptions(
    rules.command('remove').summary('remove a rule').argument('<name>', 'its name'),
  )
    .addHelpText('after', examples(['crest rules remove gg', '']))
    .action(async (name: string, options: DatabaseOptions) => {
      const { deletedCount } = await withDatabase(options, (database) =>
        database.rules.deleteOne({ _id: name }),
      );
      if (deletedCount === 0) {
        throw new CliError(`There is no rule ${name}: "crest rules list" shows those there are.`);
      }
      if (options.json) output.json({ removed: name });
      else output.print(`Removed ${name}.`);
    });
}

function rulesToAdd(name: string | undefined, options: AddOptions) {
  if (options.file !== undefined) return readRulesFile(options.file, Date.now());
  if (name === undefined) {
    throw new CliError('Give the rule a name, or a file with --file FILE.', EXIT.usage);
  }
  const rule = {
    _id: name,
    owner: options.owner,
    target: targetOf(options),
    condition: conditionOf(options),
    cooldownSeconds: Number(options.cooldown),
    destinations: destinationsOf(options),
    enabled: true,
    createdAtMs: Date.now(),
  };
  return { rules: [checked(parseRule, rule, `rule ${name}`)], themes: [] };
}

function targetOf({ theme, channels }: AddOptions): Rule['target'] {
  if (theme !== undefined) return { kind: 'theme', theme };
  const names = (channels ?? '')
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter(Boolean);
  if (names.length > 0) return { kind: 'channels', channelIds: [], channelLogins: names };
  throw new CliError('Say where the rule holds: --theme NAME or --channels LOGINS.', EXIT.usage);
}

function conditionOf(options: AddOptions): RuleCondition {
  const withinSeconds = Number(options.within);
  if (options.messages !== undefined) {
    return { kind: 'messages', atLeast: Number(options.messages), withinSeconds };
  }
  if (options.spike !== undefined) return { kind: 'spike', scoreAtLeast: Number(options.spike) };
  if (options.phrase !== undefined) {
    const atLeast = Number(options.atLeast ?? 1);
    return { kind: 'phrase', phrase: options.phrase, atLeast, withinSeconds };
  }
  throw new CliError('Say when: --messages N, --spike SCORE or --phrase TEXT.', EXIT.usage);
}

function destinationsOf({ email, sms, followers }: AddOptions): RuleDestination[] {
  return [
    ...email.map((address) => ({ kind: 'email', address }) as const),
    ...sms.map((phone) => ({ kind: 'sms', phone }) as const),
    ...(followers ? [{ kind: 'theme' } as const] : []),
  ];
}

function rulesTable(rules: readonly Rule[]): string {
  if (rules.length === 0)
    return 'There are no rules: "crest rules add --help" shows how to make one.';
  return table(
    ['rule', 'where', 'when', 'cool-down', 'tells'],
    rules.map((rule) => [
      rule.enabled ? rule._id : `${rule._id} (off)`,
      rule.target.kind === 'theme' ? `theme ${rule.target.theme}` : channelsOf(rule.target),
      conditionText(rule.condition),
      `${rule.cooldownSeconds} s`,
      rule.destinations.map(destinationText).join(', '),
    ]),
  );
}

function channelsOf(target: { channelIds: string[]; channelLogins: string[] }): string {
  return [...target.channelLogins, ...target.channelIds].join(', ');
}

function conditionText(condition: RuleCondition): string {
  switch (condition.kind) {
    case 'messages':
      return `${condition.atLeast} messages in ${condition.withinSeconds} s`;
    case 'spike':
      return `spike of ${condition.scoreAtLeast}`;
    case 'phrase':
      return `${condition.atLeast} with "${condition.phrase}" in ${condition.withinSeconds} s`;
  }
}

function destinationText(destination: RuleDestination): string {
  switch (destination.kind) {
    case 'email':
      return destination.address;
    case 'sms':
      return destination.phone;
    case 'theme':
      return 'followers';
  }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
