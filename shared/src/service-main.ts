/**
 * How every service's `main.ts` ends up running: start, wait for a signal or a failure, stop.
 *
 * First SIGTERM or SIGINT, also during the start: drain and stop, exit code 0. Second: leave now,
 * exit code 1. A part that can no longer work, or settings that are wrong: a log line that says why,
 * exit code 1.
 *
 * Once everything was told to stop the process ends, whatever still holds it: a client that goes on
 * looking for its brokers must not keep a service that does nothing any more from being started anew.
 */
import { flushCompileCache } from 'node:module';
import type { App } from './lifecycle.ts';
import type { Logger } from './logger.ts';

const RUNNING = 'running';
/** Time for the last lines of the log, wall milliseconds. */
const LEAVE_AFTER_MS = 1_000;

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
    const started = app.start();
    // Where a cache is kept (NODE_COMPILE_CACHE), a process that is killed must have filled it.
    started.then(flushCompileCache, () => undefined);
    const end = await Promise.race([
      signalled.promise,
      app.failed,
      started.then(() => RUNNING),
    ]).then((first) => (first === RUNNING ? Promise.race([signalled.promise, app.failed]) : first));
    // A start that was cut short by a signal fails in its own way; that is no news.
    started.catch(() => undefined);
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
    setTimeout(() => process.exit(), LEAVE_AFTER_MS).unref();
  }
}
