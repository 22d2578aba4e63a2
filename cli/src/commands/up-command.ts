import type { Command } from 'commander';
import { EVERY_MS, PAUSE_FOR_MS, TARGETS } from '../core/chaos/chaos-plan.ts';
import { PAIRS } from '../core/chaos/pairs.ts';
import type { CommandContext } from '../program.ts';
import { TWITCH_IRC_URL, WORLD_SPEED, type RawUpOptions } from '../run/up-options.ts';
import { DEFAULT_DATA_DIR, examples } from './command-parts.ts';
import { up } from './up.ts';

/** `crest up`. */
export function addUp(program: Command, { output, exit }: CommandContext): void {
  program
    .command('up')
    .summary('run everything, until Ctrl-C or until done')
    .description(
      'Runs the whole system: broker, database, pretend Twitch, collector, processor, alerter. ' +
        'Fetches what is missing first. Without options it plays a made-up world.',
    )
    .option(
      '--replay <dir>',
      'play recorded chats: a folder of .ndjson or .ndjson.gz, each a channel',
    )
    .option(
      '--speed <n>',
      `event seconds a wall second (default: 1; made-up world: ${WORLD_SPEED})`,
    )
    .option('--span <time>', 'only the first part of each log, or of the world: 3600s, 60m, 1h')
    .option('--until-done', 'end when everything is worked off, and compare it with what was sent')
    .option('--channels <logins>', 'read these real channels, anonymously, instead of pretending')
    .option('--twitch <url>', `where real channels are read (default: ${TWITCH_IRC_URL})`)
    .option(
      '--kafka <brokers>',
      'use brokers that are there, host:port, instead of an embedded one',
    )
    .option('--mongodb <url>', 'use a database that is there instead of an embedded one')
    .option('--sns <url>', 'send alerts to this SNS instead of a pretend one')
    .option('--redis <url>', 'accepted for later: not used yet')
    .option('--data <dir>', 'where runs and their data are kept', DEFAULT_DATA_DIR)
    .option('--seed <n>', 'everything made up follows from it (default: 1)')
    .option('--rules <file>', 'rules and themes as JSON instead of the demo ones')
    .option('--collectors <n>', 'collector processes (default: 1)')
    .option('--processors <n>', 'processor processes (default: 1)')
    .option('--alerters <n>', 'alerter processes (default: 1)')
    .option(
      '--kill <list>',
      `kill these on purpose, now and then, one at a time: all, or some of ${TARGETS.join(', ')}`,
    )
    .option('--pause <list>', 'likewise, but stopped for a while (SIGSTOP) and woken again')
    .option('--cut <list>', `likewise, but connections: all, or some of ${PAIRS.join(', ')}`)
    .option('--every <time>', `from one such act to the next (default: ${EVERY_MS / 1_000}s)`)
    .option('--pause-for <time>', `how long --pause pauses (default: ${PAUSE_FOR_MS / 1_000}s)`)
    .option('--report <file>', 'write the comparison as JSON (with --until-done)')
    .option('--prometheus', 'run an installed Prometheus that scrapes every part')
    .option('--json', 'print the result as JSON, no live screen')
    .option('--no-screen', 'plain lines instead of the live screen')
    .addHelpText(
      'after',
      examples(
        ['crest up', 'a made-up world, at once'],
        ['crest up --replay ../chat-logs --speed 60 --until-done --report run.json', ''],
        ['crest up --replay ../chat-logs --speed 20 --until-done --kill all --every 15s', ''],
        ['crest up --channels shroud,riotgames', 'real Twitch'],
        ['crest up --kafka localhost:9092 --mongodb mongodb://localhost', 'your own servers'],
      ) +
        '\nEnds with 0 when all is well, 1 when something failed or a promise was broken,\n' +
        '2 for a mistake in usage, 3 after two minutes without progress.\n',
    )
    .action(async (options: RawUpOptions) => exit(await up(options, output)));
}
