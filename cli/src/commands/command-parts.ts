/** What several commands have in common. */
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { DatabaseDesk } from '../run/database-desk.ts';
import { readCurrentRun, type CurrentRun } from '../run/current-run.ts';
import { KafkaDesk } from '../run/kafka-desk.ts';
import { PARTITIONS } from '../run/run-plan.ts';

/** Where runs and their data are kept unless `--data` says otherwise. */
export const DEFAULT_DATA_DIR = '.crest';

/** The examples under a command's help: command line and, where it does not speak for itself, what it does. */
export function examples(...lines: readonly (readonly [line: string, says: string])[]): string {
  const shown = lines.map(([line, says]) => `  ${line}${says === '' ? '' : `    # ${says}`}`);
  return `\nExamples:\n${shown.join('\n')}\n`;
}

export interface CommonOptions {
  readonly data: string;
  readonly json?: true;
}

/** Adds `--data` and `--json`, which every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'where the running system keeps its data', DEFAULT_DATA_DIR)
    .option('--json', 'print JSON');
}

export interface DatabaseOptions extends CommonOptions {
  readonly mongodb?: string;
  readonly database: string;
}

/** Adds the options of a command that goes to the database. */
export function withDatabaseOptions(command: Command): Command {
  return withCommonOptions(command)
    .option('--mongodb <url>', 'this database instead of that of the running system')
    .option('--database <name>', 'its name, with --mongodb', 'crest');
}

export interface KafkaOptions extends CommonOptions {
  readonly kafka?: string;
  readonly topicPrefix: string;
}

/** Adds the options of a command that goes to Kafka. */
export function withKafkaOptions(command: Command): Command {
  return withCommonOptions(command)
    .option('--kafka <brokers>', 'these brokers instead of those of the running system')
    .option('--topic-prefix <text>', 'what topics begin with, with --kafka', '');
}

/** The running system. @throws CliError where none runs. */
export function requireRun(dataDir: string, orElse = ''): CurrentRun {
  const run = readCurrentRun(dataDir);
  if (run !== null) return run;
  throw new CliError(
    `No Crest runs on ${dataDir}: start it with "npm start"${orElse}, or name its directory with --data DIR.`,
  );
}

/** Opens the database of the options, lends it, and closes it. */
export async function withDatabase<T>(
  options: DatabaseOptions,
  use: (database: DatabaseDesk) => Promise<T>,
): Promise<T> {
  const place =
    options.mongodb === undefined
      ? requireRun(options.data, ', or give --mongodb URL').mongodb
      : { url: options.mongodb, database: options.database };
  const database = await DatabaseDesk.open(place);
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}

/** Opens the Kafka of the options, lends it, and closes it. */
export async function withKafka<T>(
  options: KafkaOptions,
  use: (kafka: KafkaDesk) => Promise<T>,
): Promise<T> {
  const { kafka: brokers, topicPrefix } = options;
  const kafka =
    brokers === undefined
      ? new KafkaDesk(requireRun(options.data, ', or give --kafka BROKERS').kafka)
      : await KafkaDesk.openThere(brokers, topicPrefix, PARTITIONS);
  try {
    return await use(kafka);
  } finally {
    await kafka.close();
  }
}
