/**
 * How every service's `main.ts` ends up running: start, wait for a signal or a failure, stop.
 *
 * First SIGTERM or SIGINT: drain and stop, exit code 0. Second: leave now, exit code 1. A part
 * that can no longer work, or settings that are wrong: a log line that says why, exit code 1.
 */
import type { App } from './lifecycle.ts';
import type { Logger } from './logger.ts';

/** Runs the app until it is told to stop or fails; sets the exit code. */
export async function runService(app: App, log: Logger): Promise<void> {
  const signalled = Promise.withResolvers<string>();
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals > 1) process.exit(1);
    signalled.resolve(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  try {
    await app.start();
    const end = await Promise.race([signalled.promise, app.failed]);
    if (end instanceof Error) {
      process.exitCode = 1;
      log.error({ err: end }, 'failed, stopping');
    } else {
      log.info({ signal: end }, 'stopping');
    }
    await app.stop();
    log.info('stopped');
  } catch (error) {
    process.exitCode = 1;
    log.error({ err: error }, 'ended by an error');
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}
