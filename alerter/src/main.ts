/** Runs the alerter as a process: environment in, exit code out. */
import { createLogger } from '@crest/shared/logger';
import { runService } from '@crest/shared/service-main';
import { createApp } from './app.ts';
import { parseAlerterConfig } from './config.ts';

try {
  const config = parseAlerterConfig(process.env);
  const log = createLogger('alerter', config['log.level']);
  await runService(createApp(config, { log }), log);
} catch (error) {
  createLogger('alerter', 'info').error({ err: error }, 'cannot start');
  process.exitCode = 1;
}
