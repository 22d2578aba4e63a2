import type { Command } from 'commander';
import { parseTheme, type Theme } from '@crest/shared/domain/rule';
import { CliError } from '../cli-error.ts';
import { table } from '../core/screen/summary.ts';
import type { CommandContext } from '../program.ts';
import { checked } from '../run/rules-file.ts';
import {
  examples,
  withDatabase,
  withDatabaseOptions,
  type DatabaseOptions,
} from './command-parts.ts';

/** `crest themes`. */
export function addThemes(program: Command, context: CommandContext): void {
  const themes = program
    .command('themes')
    .summary('named lists of channels')
    .description('A theme is a named list of channels; a rule on it holds for each by itself.');
  addList(themes, context);
  addAdd(themes, context);
  addRemove(themes, context);
}

function addList(themes: Command, { output }: CommandContext): void {
  withDatabaseOptions(themes.command('list').summary('every theme'))
    .addHelpText('after', examples(['crest themes list', '']))
    .action(async (options: DatabaseOptions) => {
      const found = await withDatabase(options, (database) =>
        database.themes.find({}).sort({ _id: 1 }).toArray(),
      );
      if (options.json) return output.json(found);
      const rows = found.map((theme) => [
        theme._id,
        String(theme.channelIds.length + theme.channelLogins.length),
        String(theme.followers.length),
        theme.channelLogins.slice(0, 5).join(', '),
      ]);
      output.print(table(['theme', 'channels', 'followers', 'by name'], rows));
    });
}

function addAdd(themes: Command, { output }: CommandContext): void {
  withDatabaseOptions(
    themes
      .command('add')
      .summary('add or replace a theme')
      .argument('<name>', 'its name')
      .argument('<channels...>', 'logins, or ids: digits only'),
  )
    .addHelpText('after', examples(['crest themes add speedruns runner_one runner_two', '']))
    .action(async (name: string, channels: readonly string[], options: DatabaseOptions) => {
      const isId = (channel: string): boolean => /^\d+$/.test(channel);
      const theme: Theme = checked(
        parseTheme,
        {
          _id: name,
          channelIds: channels.filter(isId),
          channelLogins: channels.filter((one) => !isId(one)).map((one) => one.toLowerCase()),
          followers: [],
          createdAtMs: Date.now(),
        },
        `theme ${name}`,
      );
      await withDatabase(options, (database) => database.putRules([], [theme]));
      if (options.json) output.json(theme);
      else output.print(`Added ${name} with ${channels.length} channels.`);
    });
}

function addRemove(themes: Command, { output }: CommandContext): void {
  withDatabaseOptions(
    themes.command('remove').summary('remove a theme').argument('<name>', 'its name'),
  )
    .addHelpText('after', examples(['crest themes remove speedruns', '']))
    .action(async (name: string, options: DatabaseOptions) => {
      const { deletedCount } = await withDatabase(options, (database) =>
        database.themes.deleteOne({ _id: name }),
      );
      if (deletedCount === 0) {
        throw new CliError(`There is no theme ${name}: "crest themes list" shows those there are.`);
      }
      if (options.json) output.json({ removed: name });
      else output.print(`Removed ${name}.`);
    });
}
