/** Runs the processor as a process: environment in, exit code out. */
import { createLogger } from '@crest/shared/logger';
import { runService } from '@crest/shared/service-main';
import { createApp } from './app.ts';
import { parseProcessorConfig } from './config.ts';

try {
  const config = parseProcessorConfig(process.env);
  const log = createLogger('processor', config['log.level']);
  await runService(createApp(config, { log }), log);
} catch (error) {
  createLogger('processor', 'info').error({ err: error }, 'cannot start');
  process.exitCode = 1;
}
