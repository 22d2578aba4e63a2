import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { decodeInboxEntry } from '@crest/simulator/inbox/inbox-entry';
import { CliError, EXIT } from '../cli-error.ts';
import { table } from '../core/screen/summary.ts';
import { timeOfDay } from '../core/screen/text.ts';
import type { CommandContext } from '../program.ts';
import { readCurrentRun } from '../run/current-run.ts';
import { runIds, runPaths } from '../run/run-directory.ts';
import { askInbox, type InboxMail } from '../run/simulator-client.ts';
import { examples, withCommonOptions, type CommonOptions } from './command-parts.ts';

interface InboxOptions extends CommonOptions {
  readonly limit: string;
  readonly to?: string;
  readonly run?: string;
}

const LIMIT_MAX = 1_000;

/** `crest inbox`. */
export function addInbox(program: Command, { output }: CommandContext): void {
  withCommonOptions(
    program
      .command('inbox')
      .summary('what the pretend SNS delivered')
      .description(
        'Shows what the pretend SNS delivered, newest first: of the running system, else of the last run.',
      )
      .option('--limit <n>', 'at most so many', '20')
      .option('--to <text>', 'only to addresses and numbers that contain this')
      .option('--run <id>', 'of this run, from its file'),
  )
    .addHelpText(
      'after',
      examples(
        ['crest inbox', ''],
        ['crest inbox --to +49 --limit 100', ''],
        ['crest inbox --json', ''],
      ),
    )
    .action(async (options: InboxOptions) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
        throw new CliError(`--limit: expected a whole number from 1 to ${LIMIT_MAX}.`, EXIT.usage);
      }
      const mails = await mailsOf(options, limit);
      if (options.json) return output.json(mails);
      if (mails.length === 0) return output.print('Nothing was delivered yet.');
      const rows = mails.map(({ acceptedAtMs, destination, outcome, subject, message }) => [
        timeOfDay(acceptedAtMs),
        destination.protocol,
        destination.endpoint,
        outcome,
        subject ?? message,
      ]);
      output.print(table(['time', 'by', 'to', 'outcome', 'says'], rows));
    });
}

async function mailsOf(options: InboxOptions, limit: number): Promise<InboxMail[]> {
  const run = options.run === undefined ? readCurrentRun(options.data) : null;
  if (run?.inboxUrl != null) {
    return askInbox(run.inboxUrl, {
      limit,
      ...(options.to === undefined ? {} : { to: options.to }),
    });
  }
  const id = options.run ?? runIds(options.data)[0];
  if (id === undefined) {
    throw new CliError(`There is no run in ${options.data}: start one with "npm start".`);
  }
  return mailsInFile(runPaths(options.data, id).inbox, options.to ?? '', limit);
}

function mailsInFile(file: string, to: string, limit: number): InboxMail[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `There is no inbox at ${file}: see "ls ${join(file, '..', '..')}" for the runs there are.`;
    throw new CliError(message, EXIT.failed, { cause });
  }
  const entries = text.split('\n').flatMap((line) => {
    const entry = decodeInboxEntry(line);
    return entry.ok && entry.value.destination.endpoint.includes(to) ? [entry.value] : [];
  });
  return entries.slice(-limit).reverse();
}
