/** The judgement of a run: of one that is done, and of one that ended long ago. */
import { join } from 'node:path';
import { createLogger } from '@crest/shared/logger';
import { CliError } from '../cli-error.ts';
import { serviceOf } from '../core/chaos/disturbance.ts';
import { startKafka } from '../servers/kafka-server.ts';
import { pollUntil } from '../servers/poll.ts';
import { startMongo } from '../servers/mongo-server.ts';
import { ensureKafka } from '../setup/kafka.ts';
import { ensureMongo } from '../setup/mongo.ts';
import type { SetupContext } from '../setup/setup-context.ts';
import { exitCodeOf, type RunReport } from '../verify/run-report.ts';
import { verifyRun } from '../verify/verify-run.ts';
import type { CurrentRun } from './current-run.ts';
import { KafkaDesk } from './kafka-desk.ts';
import { runPaths } from './run-directory.ts';
import type { CheckRun } from './run-session.ts';

const LEADERS_WITHIN_MS = 30_000;

/** Judges a run whose services and pretend Twitch have stopped; its servers still run. */
export const checkRun: CheckRun = async (system, onStep) => {
  const report = await judge(system.current, system.plan.dataDir, onStep);
  return { report, held: exitCodeOf(report) === 0 };
};

/** Compares what was sent with everything that was stored and delivered; its servers must run. */
export async function judge(
  run: CurrentRun,
  dataDir: string,
  onStep: (text: string) => void,
): Promise<RunReport> {
  const paths = runPaths(dataDir, run.runId);
  return verifyRun({
    ledgerFile: paths.ledger,
    inboxFile: paths.inbox,
    mongodb: run.mongodb,
    kafka: { ...run.kafka, brokers: run.kafka.brokers.split(',') },
    log: createLogger('cli', 'silent'),
    alerterKills: run.restarts.alerters,
    restarts: run.restarts.services,
    disturbances: run.disturbances,
    collectors: run.parts.filter(({ name }) => serviceOf(name) === 'collector').length,
    onProgress: ({ doing, done, of }) =>
      onStep(of === null ? `${doing}: ${done}` : `${doing}: ${done} of ${of}`),
  });
}

/** Judges a run that is over: starts its embedded servers for the time that it takes. */
export async function judgeLater(
  run: CurrentRun,
  dataDir: string,
  setup: SetupContext,
): Promise<RunReport> {
  const { servers } = runPaths(dataDir, run.runId);
  const stops: (() => Promise<unknown>)[] = [];
  const step = setup.progress.begin(`Judging run ${run.runId}`);
  try {
    const [brokers, url] = await Promise.all([
      run.embedded.kafka ? startBroker() : run.kafka.brokers,
      run.embedded.mongodb ? startDatabase() : run.mongodb.url,
    ]);
    const there = {
      ...run,
      kafka: { ...run.kafka, brokers },
      mongodb: { ...run.mongodb, url },
    };
    await waitForLeaders(there.kafka);
    const report = await judge(there, dataDir, (text) => step.update(text));
    step.done('done');
    return report;
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }

  async function startBroker(): Promise<string> {
    const options = { dataDir: join(servers, 'kafka'), registryDir: dataDir };
    const server = await startKafka({ install: await ensureKafka(setup), ...options });
    stops.push(() => server.stop());
    return server.brokers;
  }

  async function startDatabase(): Promise<string> {
    const install = await ensureMongo(setup);
    const options = { dataDir: join(servers, install.kind), registryDir: dataDir };
    const server = await startMongo({ install, ...options });
    stops.push(() => server.stop());
    return server.url;
  }
}

// A broker answers before it leads all its partitions again.
async function waitForLeaders(place: CurrentRun['kafka']): Promise<void> {
  const kafka = new KafkaDesk(place);
  try {
    const leads = (): Promise<boolean> =>
      kafka.endOffsets(kafka.topics.channelEvents).then(
        () => true,
        () => false,
      );
    if (await pollUntil(leads, { withinMs: LEADERS_WITHIN_MS, everyMs: 200 })) return;
    throw new CliError('The broker does not lead its partitions: its log is in the run directory.');
  } finally {
    await kafka.close();
  }
}

/** @throws CliError where a run cannot be judged. */
export function requireJudgeable(run: CurrentRun | null, id: string): CurrentRun {
  if (run === null) {
    throw new CliError(
      `Run ${id} was never up, or is gone: "crest verify --help" says which there are.`,
    );
  }
  if (run.mode === 'live') {
    throw new CliError(
      'Live reading has no ledger to be compared with: there is nothing to verify.',
    );
  }
  return run;
}
