import type { Command } from 'commander';
import { CliError, EXIT, type ExitCode } from '../cli-error.ts';
import { count, duration } from '../core/screen/text.ts';
import { table } from '../core/screen/summary.ts';
import type { CommandContext } from '../program.ts';
import { isReady } from '../run/child-service.ts';
import { readCurrentRun, type CurrentRun } from '../run/current-run.ts';
import { DatabaseDesk } from '../run/database-desk.ts';
import { KafkaDesk } from '../run/kafka-desk.ts';
import { askSimulator } from '../run/simulator-client.ts';
import { examples, withCommonOptions, type CommonOptions } from './command-parts.ts';

interface PartAnswer {
  readonly name: string;
  readonly ready: boolean;
  readonly metricsUrl: string | null;
}

interface Status {
  readonly runId: string;
  readonly mode: CurrentRun['mode'];
  readonly upSeconds: number;
  readonly inboxUrl: string | null;
  readonly parts: readonly PartAnswer[];
  readonly sent: number | null;
  readonly stored: number | null;
  readonly gaps: number | null;
  readonly alertsSent: number | null;
  readonly lagRecords: number | null;
}

/** `crest status`. */
export function addStatus(program: Command, { output, exit }: CommandContext): void {
  withCommonOptions(
    program
      .command('status')
      .summary('how the running system is')
      .description(
        'Asks every part of the running system how it is. Ends with 1 if one is not ready.',
      ),
  )
    .addHelpText('after', examples(['crest status', ''], ['crest status --json', '']))
    .action(async (options: CommonOptions) => {
      const run = readCurrentRun(options.data);
      if (run === null) {
        throw new CliError(`No Crest runs on ${options.data}: start it with "npm start".`);
      }
      const status = await askStatus(run);
      if (options.json) output.json(status);
      else output.print(statusText(status));
      exit(exitCodeOf(status));
    });
}

function exitCodeOf({ parts }: Status): ExitCode {
  return parts.every(({ ready }) => ready) ? EXIT.ok : EXIT.failed;
}

async function askStatus(run: CurrentRun): Promise<Status> {
  const [parts, simulator, stored, lag] = await Promise.all([
    Promise.all(run.parts.map(askPart)),
    run.simulatorUrl === null ? null : orNull(askSimulator(run.simulatorUrl)),
    orNull(askDatabase(run)),
    orNull(askKafka(run)),
  ]);
  const servers = [
    { name: 'kafka', ready: lag !== null, metricsUrl: null },
    { name: 'database', ready: stored !== null, metricsUrl: null },
  ];
  return {
    runId: run.runId,
    mode: run.mode,
    upSeconds: Math.round((Date.now() - run.startedAtMs) / 1_000),
    inboxUrl: run.inboxUrl,
    parts: [...servers, ...parts],
    sent: simulator?.lines.sent ?? null,
    stored: stored?.messages ?? null,
    gaps: stored?.gaps ?? null,
    alertsSent: stored?.alertsSent ?? null,
    lagRecords: lag,
  };
}

async function askPart({ name, httpPort }: CurrentRun['parts'][number]): Promise<PartAnswer> {
  if (httpPort === null) return { name, ready: true, metricsUrl: null };
  const metricsUrl = `http://127.0.0.1:${httpPort}/metrics`;
  return { name, ready: await isReady(httpPort), metricsUrl };
}

async function askDatabase(run: CurrentRun) {
  const database = await DatabaseDesk.open(run.mongodb);
  try {
    const outbox = await database.outbox();
    return {
      messages: await database.messagesStored(),
      gaps: await database.collection('gaps').estimatedDocumentCount(),
      alertsSent: outbox.sent,
    };
  } finally {
    await database.close();
  }
}

async function askKafka(run: CurrentRun): Promise<number> {
  const kafka = new KafkaDesk(run.kafka);
  try {
    const topic = kafka.topics.channelEvents;
    return await kafka.behind(kafka.groupOf('processor'), topic, await kafka.endOffsets(topic));
  } finally {
    await kafka.close();
  }
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  return promise.catch(() => null);
}

function statusText(status: Status): string {
  const rows = status.parts.map(({ name, ready, metricsUrl }) => [
    name,
    ready ? 'ready' : 'NOT READY',
    metricsUrl ?? '',
  ]);
  return [
    `Run ${status.runId} (${status.mode}), up ${duration(status.upSeconds * 1_000)}`,
    ...(status.inboxUrl === null ? [] : [`inbox ${status.inboxUrl}`]),
    `sent ${count(status.sent)} · stored ${count(status.stored)} · lag ${count(status.lagRecords)} · alerts ${count(status.alertsSent)} · gaps ${count(status.gaps)}`,
    '',
    table(['part', 'state', 'metrics'], rows),
  ].join('\n');
}
