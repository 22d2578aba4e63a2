import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { environment } from '../environment.ts';
import type { CommandContext } from '../program.ts';
import { judge, judgeLater, requireJudgeable } from '../run/check-run.ts';
import { readCurrentRun, readRun } from '../run/current-run.ts';
import { runIds, runPaths } from '../run/run-directory.ts';
import { endLeftOvers } from '../servers/child-registry.ts';
import { lockDirectory } from '../servers/directory-lock.ts';
import { plainProgress } from '../setup/progress.ts';
import { cacheDirectory } from '../setup/setup-context.ts';
import { printReport } from '../verify/print-report.ts';
import { exitCodeOf, type RunReport } from '../verify/run-report.ts';
import { examples, withCommonOptions, type CommonOptions } from './command-parts.ts';

interface VerifyOptions extends CommonOptions {
  readonly report?: string;
}

/** `crest verify`. */
export function addVerify(program: Command, { output, exit }: CommandContext): void {
  withCommonOptions(
    program
      .command('verify')
      .summary('compare a run with what was sent')
      .description(
        'Compares the ledger of a run with Kafka, the database and the inbox: the running one, ' +
          'else the last. In a run that still sends, what is under way counts as lost.',
      )
      .argument('[run]', 'its id; the directories under runs/ in --data are named by them')
      .option('--report <file>', 'write the report as JSON'),
  )
    .addHelpText(
      'after',
      examples(['crest verify', ''], ['crest verify 20261121-135500 --report run.json', '']) +
        '\nEnds with 0 if every promise held, 1 if one was broken.\n',
    )
    .action(async (id: string | undefined, options: VerifyOptions) => {
      const report = await reportOf(id, resolve(options.data), (line) => output.note(line));
      const text = `${JSON.stringify(report, null, 2)}\n`;
      if (options.report !== undefined) writeFileSync(options.report, text);
      if (options.json) output.json(report);
      else output.print(printReport(report));
      exit(exitCodeOf(report));
    });
}

async function reportOf(
  id: string | undefined,
  dataDir: string,
  note: (line: string) => void,
): Promise<RunReport> {
  const current = readCurrentRun(dataDir);
  if (current !== null && (id === undefined || id === current.runId)) {
    return judge(requireJudgeable(current, current.runId), dataDir, () => undefined);
  }
  const wanted = id ?? runIds(dataDir)[0];
  if (wanted === undefined) {
    throw new CliError(`There is no run in ${dataDir}: make one with "npm start".`);
  }
  const run = requireJudgeable(readRun(runPaths(dataDir, wanted).dir), wanted);
  const env = environment();
  const progress = plainProgress(note);
  const lock = await lockDirectory(dataDir);
  try {
    await endLeftOvers(dataDir);
    return await judgeLater(run, dataDir, {
      cacheDir: cacheDirectory(env),
      env,
      progress,
      signal: undefined,
    });
  } finally {
    lock.release();
  }
}
