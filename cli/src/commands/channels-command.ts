import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { table } from '../core/screen/summary.ts';
import type { CommandContext } from '../program.ts';
import { channelStates } from '../run/channel-states.ts';
import { examples, withKafka, withKafkaOptions, type KafkaOptions } from './command-parts.ts';

/** `crest channels`. */
export function addChannels(program: Command, context: CommandContext): void {
  const channels = program
    .command('channels')
    .summary('which channels are read')
    .description('Collectors read every channel that is wanted. Wishes hold until taken back.');
  addList(channels, context);
  addWant(channels, context);
  addUnwant(channels, context);
}

function addList(channels: Command, { output }: CommandContext): void {
  withKafkaOptions(channels.command('list').summary('wanted channels and their state'))
    .addHelpText('after', examples(['crest channels list', ''], ['crest channels list --json', '']))
    .action(async (options: KafkaOptions) => {
      const states = await withKafka(options, channelStates);
      if (options.json) return output.json(states);
      const rows = states.map(({ login, id, state, atMs }) => [
        login,
        id ?? 'not known yet',
        state,
        atMs === null ? '' : new Date(atMs).toISOString(),
      ]);
      output.print(table(['channel', 'id', 'state', 'since or until'], rows));
    });
}

function addWant(channels: Command, { output }: CommandContext): void {
  withKafkaOptions(
    channels.command('want').summary('read these channels').argument('<logins...>', 'their logins'),
  )
    .addHelpText('after', examples(['crest channels want shroud riotgames', '']))
    .action(async (given: readonly string[], options: KafkaOptions) => {
      const logins = given.map(validLogin);
      await withKafka(options, async (kafka) => {
        const known = new Map((await channelStates(kafka)).map((state) => [state.login, state]));
        const missing = logins.filter((login) => known.get(login)?.key == null);
        const wishes = missing.map((login) => ({ id: known.get(login)?.id ?? null, login }));
        await kafka.want(wishes, Date.now());
      });
      if (options.json) output.json({ wanted: logins });
      else output.print(`Wanted: ${logins.join(', ')}.`);
    });
}

function addUnwant(channels: Command, { output }: CommandContext): void {
  withKafkaOptions(
    channels
      .command('unwant')
      .summary('read these channels no longer')
      .argument('<logins...>', 'their logins'),
  )
    .addHelpText('after', examples(['crest channels unwant shroud', '']))
    .action(async (given: readonly string[], options: KafkaOptions) => {
      const logins = given.map(validLogin);
      await withKafka(options, async (kafka) => {
        const states = await channelStates(kafka);
        const found = states.filter(({ login, key }) => key !== null && logins.includes(login));
        const unknown = logins.filter((login) => !found.some((state) => state.login === login));
        if (unknown.length > 0) {
          throw new CliError(
            `Not wanted anyway: ${unknown.join(', ')}; see "crest channels list".`,
          );
        }
        const keys = found.flatMap(({ key }) => (key === null ? [] : [key]));
        await kafka.unwant(keys, Date.now());
      });
      if (options.json) output.json({ unwanted: logins });
      else output.print(`No longer wanted: ${logins.join(', ')}.`);
    });
}

function validLogin(text: string): string {
  const login = text.toLowerCase().replace(/^#/, '');
  if (/^[a-z0-9_]{1,25}$/.test(login)) return login;
  throw new CliError(`${text} is no login: up to 25 of a-z, 0-9 and _.`, EXIT.usage);
}
