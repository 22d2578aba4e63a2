/** The simulator as a process: settings, signals, exit code. */
import { createLogger } from '@crest/shared/logger';
import { runService } from '@crest/shared/service-main';
import { createSimulator } from './app.ts';
import { readConfig } from './config.ts';

let level = 'info';
try {
  const config = readConfig(process.env);
  level = config['log.level'];
  const log = createLogger('simulator', level);
  await runService(createSimulator(config, { log }), log);
} catch (error) {
  createLogger('simulator', level).error({ err: error }, 'cannot start');
  process.exitCode = 1;
}
