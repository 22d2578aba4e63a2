/**
 * `npm run bench -- alerts [--rate N] [--seconds N] [--json] [--profile DIR]`: how long after the
 * line that makes an alert due the provider has accepted it, with the whole system under load.
 *
 * The load of the bench `pipeline` (2,000 rooms, 1,000 rules, 32 partitions), but one rule in
 * five fires now and then. Latency is that of the report of a run: socket write of the crossing
 * line to acceptance, counted again from the ledger. Exit code 1 where it is over its bound or an
 * alert is missing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '@crest/shared/mongo';
import type { Quantiles } from '@crest/cli/verify/run-report';
import { readCrossings } from './alerts/crossings.ts';
import { firingRules } from './alerts/firing-rules.ts';
import { watchPauses, type Pauses } from './alerts/pause-watch.ts';
import { readTraces } from './alerts/read-traces.ts';
import { stageQuantiles, STAGES, type Stage } from './alerts/stages.ts';
import { loadOptions } from './load-options.ts';
import { outcomeOf, type TrialOutcome } from './pipeline/outcome.ts';
import { openRig, openServers, type Rig, type RigOptions } from './pipeline/rig.ts';
import { printProfiles } from './pipeline/print-profiles.ts';
import { runTrial, WARM_UP_SECONDS } from './pipeline/trial.ts';

const RATE = 5_000;
const SECONDS = 60;
/** Alerts that became due so shortly before the end are not looked at: they are on their way. */
const TAIL_MS = 3_000;
const P50_MAX_MS = 150;
const P99_MAX_MS = 500;

export interface AlertsOutcome {
  readonly latencyMs: { readonly alert: Quantiles };
  readonly stagesMs: Readonly<Record<Stage, Quantiles>>;
  readonly alerts: { readonly due: number; readonly accepted: number; readonly perSecond: number };
  readonly pauses: Readonly<Record<string, Pauses>>;
  readonly load: TrialOutcome;
  readonly isWithinBounds: boolean;
}

/** Runs the bench and prints what came of it. */
export async function run(args: readonly string[]): Promise<number> {
  const { rate = RATE, seconds = SECONDS, isJson, profileDir } = loadOptions(args);
  const note = (line: string): void => console.error(line);
  const servers = await openServers(note);
  try {
    const outcome = await measure(
      {
        servers,
        name: 'alerts',
        rate,
        profileDir,
        keepsLedger: true,
        rulesOf: (rooms) => firingRules(rooms, rate),
      },
      { seconds, note },
    );
    if (isJson) console.log(JSON.stringify(outcome));
    else print(outcome);
    if (profileDir !== null) printProfiles(profileDir, note);
    return outcome.isWithinBounds ? 0 : 1;
  } finally {
    await servers.close();
  }
}

async function measure(
  options: RigOptions,
  { seconds, note }: { seconds: number; note: (line: string) => void },
): Promise<AlertsOutcome> {
  const rig = await openRig(options);
  try {
    let startedAtMs = 0;
    let pausesSeen: (() => Promise<Record<string, Pauses>>) | undefined;
    const looks = await runTrial(rig, seconds, (look) => {
      if (look.atSeconds < 0.9) startedAtMs = Date.now();
      if (look.atSeconds >= WARM_UP_SECONDS) pausesSeen ??= watchPauses(rig.httpPorts);
      if (Math.round(look.atSeconds) % 10 === 0) note(`  ${Math.round(look.atSeconds)} s`);
    });
    const endedAtMs = Date.now();
    const pauses = (await pausesSeen?.()) ?? {};
    await delay(TAIL_MS);
    const window = { fromMs: startedAtMs + WARM_UP_SECONDS * 1_000, toMs: endedAtMs - TAIL_MS };
    note('counting again');
    return await judge(rig, window, { load: outcomeOf(options.rate, looks), pauses });
  } finally {
    await rig.stop();
  }
}

async function judge(
  { settings }: Rig,
  window: { fromMs: number; toMs: number },
  { load, pauses }: { load: TrialOutcome; pauses: AlertsOutcome['pauses'] },
): Promise<AlertsOutcome> {
  const database = await openDatabase({ url: settings.mongodbUrl, database: settings.database });
  try {
    const { ledgerFile } = settings;
    const crossings = await readCrossings({ db: database.db, ledgerFile }, window);
    const stagesMs = stageQuantiles(await readTraces(crossings, database.db, settings));
    const accepted = crossings.filter(({ acceptedAtMs }) => acceptedAtMs !== null);
    const { p50, p99 } = stagesMs.all;
    const isQuick = p50 !== null && p99 !== null && p50 < P50_MAX_MS && p99 < P99_MAX_MS;
    const windowSeconds = (window.toMs - window.fromMs) / 1_000;
    return {
      latencyMs: { alert: stagesMs.all },
      stagesMs,
      alerts: {
        due: crossings.length,
        accepted: accepted.length,
        perSecond: Math.round((accepted.length / windowSeconds) * 10) / 10,
      },
      pauses,
      load,
      isWithinBounds: isQuick && accepted.length === crossings.length,
    };
  } finally {
    await database.close();
  }
}

function print({ stagesMs, alerts, pauses, load, isWithinBounds }: AlertsOutcome): void {
  const verdict = isWithinBounds ? 'within bounds' : 'NOT within bounds';
  console.log(
    `${load.messagesPerSecond} messages a second, ${alerts.accepted} of ${alerts.due} alerts (${alerts.perSecond} a second): ${verdict}`,
  );
  console.table(
    STAGES.map((stage) => ({
      stage,
      'p50 ms': stagesMs[stage].p50,
      'p99 ms': stagesMs[stage].p99,
    })),
  );
  const { cpuSecondsPerMillion } = load;
  console.table(
    Object.entries(cpuSecondsPerMillion).map(([process, cpu]) => ({
      process,
      'CPU s a million': cpu,
      'longest pause ms': pauses[process]?.longestMs ?? '',
      'GC ms a second': pauses[process]?.gcMsPerSecond ?? '',
    })),
  );
}
