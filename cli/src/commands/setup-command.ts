import type { Command } from 'commander';
import { environment } from '../environment.ts';
import type { CommandContext } from '../program.ts';
import { ensureKafka } from '../setup/kafka.ts';
import { ensureFastMongo, ensureMongo } from '../setup/mongo.ts';
import { plainProgress } from '../setup/progress.ts';
import { cacheDirectory } from '../setup/setup-context.ts';
import { examples, withCommonOptions, type CommonOptions } from './command-parts.ts';

interface SetupOptions extends CommonOptions {
  readonly fastDb?: true;
}

/** `crest setup`. */
export function addSetup(program: Command, { output }: CommandContext): void {
  withCommonOptions(
    program
      .command('setup')
      .summary('fetch what is missing, without starting anything')
      .description(
        'Fetches the embedded broker and database into the cache, where they are missing.',
      )
      .option('--fast-db', 'also build the fast embedded database: some minutes, once'),
  )
    .addHelpText('after', examples(['crest setup', ''], ['crest setup --fast-db', '']))
    .action(async (options: SetupOptions) => {
      const env = environment();
      const progress = plainProgress((line) => output.note(line));
      const context = { cacheDir: cacheDirectory(env), env, progress, signal: undefined };
      const kafka = await ensureKafka(context);
      const database = options.fastDb ? await ensureFastMongo(context) : await ensureMongo(context);
      if (options.json) {
        return output.json({ cache: context.cacheDir, java: kafka.java, database: database.kind });
      }
      output.print(
        `Ready: Kafka on ${kafka.java}, database ${database.kind}, in ${context.cacheDir}.`,
      );
    });
}
