/**
 * `npm run bench -- pipeline [--rate N] [--seconds N] [--json] [--profile DIR]`: the highest rate
 * that the whole system sustains with everything on this machine.
 *
 * 2,000 rooms with Zipf(1) rates, lines of 470 bytes on average with every tag, 32 partitions,
 * 1,000 rules, a real broker and the fast embedded database. Without `--rate` the rate is searched.
 * `--profile DIR` writes CPU profiles of our services there and says where their time goes; it needs
 * an empty directory and makes everything slower.
 */
import { loadOptions } from './load-options.ts';
import { outcomeOf, type TrialOutcome } from './pipeline/outcome.ts';
import { printProfiles } from './pipeline/print-profiles.ts';
import { nextTrial, type Trial } from './pipeline/rate-search.ts';
import { openRig, openServers, type Servers } from './pipeline/rig.ts';
import { runTrial } from './pipeline/trial.ts';

const SHORT_TRIAL_SECONDS = 25;
const FULL_TRIAL_SECONDS = 60;

/** Runs the bench and prints what came of it. Exit code 1 where no rate was sustained. */
export async function run(args: readonly string[]): Promise<number> {
  const { rate, seconds = FULL_TRIAL_SECONDS, isJson, profileDir } = loadOptions(args);
  const note = (line: string): void => console.error(line);
  const servers = await openServers(note);
  try {
    const trial = trialOn(servers, { profileDir, note });
    const outcome =
      rate === undefined ? await searchRate(trial, seconds) : await trial({ rate, seconds });
    if (isJson) console.log(JSON.stringify(outcome));
    else print(outcome);
    if (profileDir !== null) printProfiles(profileDir, note);
    return outcome.isStable ? 0 : 1;
  } finally {
    await servers.close();
  }
}

type RunTrial = (trial: { rate: number; seconds: number }) => Promise<TrialOutcome>;

function trialOn(
  servers: Servers,
  { profileDir, note }: { profileDir: string | null; note: (line: string) => void },
): RunTrial {
  let number = 0;
  return async ({ rate, seconds }) => {
    number += 1;
    const name = `trial${number}`;
    const rig = await openRig({ servers, name, rate, profileDir, keepsLedger: false });
    try {
      const looks = await runTrial(rig, seconds, (look) => {
        if (Math.round(look.atSeconds) % 5 !== 0) return;
        note(`  ${Math.round(look.atSeconds)} s: ${look.sent} sent, lag ${look.lag}`);
      });
      const outcome = outcomeOf(rate, looks);
      const verdict = outcome.isStable ? 'sustained' : 'not sustained';
      note(`${rate} a second for ${seconds} s: ${verdict}`);
      return outcome;
    } finally {
      await rig.stop();
    }
  };
}

async function searchRate(trial: RunTrial, fullSeconds: number): Promise<TrialOutcome> {
  const trials: Trial[] = [];
  let outcome: TrialOutcome | undefined;
  for (let next = nextTrial(trials); next !== null; next = nextTrial(trials)) {
    const { rate, isFull } = next;
    outcome = await trial({ rate, seconds: isFull ? fullSeconds : SHORT_TRIAL_SECONDS });
    trials.push({ rate, isFull, isStable: outcome.isStable });
  }
  if (outcome === undefined) throw new Error('the search made no trial');
  return outcome;
}

function print(outcome: TrialOutcome): void {
  const { cpuSecondsPerMillion, rssMb } = outcome;
  const verdict = outcome.isStable ? 'sustained' : 'NOT sustained';
  console.log(
    `${outcome.messagesPerSecond} messages a second, ${verdict} for ${outcome.seconds} s`,
  );
  console.log(`lag ${outcome.lag.warm} after the warm-up, ${outcome.lag.end} at the end`);
  console.log(
    `${outcome.finalWindowsPerSecond} windows a second became final, ` +
      `${outcome.finalSecondsPerSecond} of them one-second windows`,
  );
  console.table(
    Object.keys(cpuSecondsPerMillion).map((process) => ({
      process,
      'CPU s a million': cpuSecondsPerMillion[process],
      'RSS MB': rssMb[process],
    })),
  );
}
