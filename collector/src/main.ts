/** Runs the collector as a process: environment in, exit code out. */
import { letHeapGrow } from '@crest/shared/heap-growth';
import { createLogger } from '@crest/shared/logger';
import { runService } from '@crest/shared/service-main';
import { createApp } from './app.ts';
import { parseCollectorConfig } from './config.ts';

/** At most 60 MB more for what passes through. */
const HEAP_GROWTH_PERCENT = 300;

letHeapGrow(HEAP_GROWTH_PERCENT);
try {
  const config = parseCollectorConfig(process.env);
  const log = createLogger('collector', config['log.level']);
  await runService(createApp(config, { log }), log);
} catch (error) {
  createLogger('collector', 'info').error({ err: error }, 'cannot start');
  process.exitCode = 1;
}
