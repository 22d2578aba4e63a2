/** Runs the processor as a process: environment in, exit code out. */
import { letHeapGrow } from '@crest/shared/heap-growth';
import { createLogger } from '@crest/shared/logger';
import { runService } from '@crest/shared/service-main';
import { createApp } from './app.ts';
import { parseProcessorConfig } from './config.ts';

/** Lines wait up to a second to be stored: each collection finds many, and most are gone by the next. */
const HEAP_GROWTH_PERCENT = 150;

letHeapGrow(HEAP_GROWTH_PERCENT);

try {
  const config = parseProcessorConfig(process.env);
  const log = createLogger('processor', config['log.level']);
  await runService(createApp(config, { log }), log);
} catch (error) {
  createLogger('processor', 'info').error({ err: error }, 'cannot start');
  process.exitCode = 1;
}
