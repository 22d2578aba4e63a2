/**
 * One of our own services as a child process: started with its settings, waited for until it is
 * ready, stopped in bounded time.
 *
 * It leads a process group of its own, so that Ctrl-C in the terminal reaches only `crest up`,
 * which then stops everything in order; and it is in the registry, so that the next run ends it
 * should this one be killed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forgetChild, registerChild } from '../servers/child-registry.ts';
import { pollUntil } from '../servers/poll.ts';
import {
  ServerStartError,
  type ServerExit,
  type ServerProcess,
} from '../servers/server-process.ts';

export interface ChildServiceOptions {
  /** `collector-1`; its log is `NAME.log`. */
  readonly name: string;
  /** The `main.ts` to run. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly httpPort: number;
  readonly logDir: string;
  readonly registryDir: string;
  readonly readyTimeoutMs: number;
  /** SIGKILL follows SIGTERM after so long. */
  readonly stopTimeoutMs: number;
  /** Ends the wait for readiness. */
  readonly signal: AbortSignal;
}

const READY_POLL_MS = 50;
const LOG_TAIL_LINES = 6;

/**
 * Starts a service and waits for its `/readyz`.
 * @throws ServerStartError when it ends or stays unready instead; nothing is left running then.
 */
export async function startChildService(options: ChildServiceOptions): Promise<ServerProcess> {
  const logFile = join(options.logDir, `${options.name}.log`);
  const child = await launch(options, logFile);
  let ended: ServerExit | undefined;
  void child.exited.then((exit) => (ended = exit));
  const over = (): boolean => ended !== undefined || options.signal.aborted;
  const settled = await pollUntil(async () => over() || isReady(options.httpPort), {
    withinMs: options.readyTimeoutMs,
    everyMs: READY_POLL_MS,
  });
  if (settled && !over()) return child;
  if (options.signal.aborted) {
    await child.stop();
    throw new ServerStartError(`${options.name} was stopped while it was starting`);
  }
  await child.kill();
  const what =
    ended === undefined
      ? `was not ready within ${options.readyTimeoutMs / 1000} s`
      : `ended while it was starting (${describeExit(ended)})`;
  throw new ServerStartError(`${options.name} ${what}; its log is ${logFile}:\n${tail(logFile)}`);
}

/** How a process ended, in words. */
export function describeExit(exit: ServerExit): string {
  return exit.signal === null ? `exit code ${exit.code ?? '?'}` : `by ${exit.signal}`;
}

/** Whether a service on this port says that it can do its work. */
export function isReady(port: number): Promise<boolean> {
  return isReadyAt(`http://127.0.0.1:${port}/readyz`);
}

/** Whether something good is answered at this address. */
export async function isReadyAt(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * What a service was compiled to is kept for its next start, which then takes half the time: of a
 * second, in which nobody reads a killed collector's rooms. Node looks after it, by version and content.
 */
function startEnvironment({ env, registryDir }: ChildServiceOptions): NodeJS.ProcessEnv {
  return { ...env, NODE_COMPILE_CACHE: join(registryDir, 'compile-cache') };
}

function launch(options: ChildServiceOptions, logFile: string): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', options.script], {
    detached: true,
    stdio: ['ignore', log, log],
    env: startEnvironment(options),
  });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new ServerStartError(`${options.name} could not be run: ${cause.message}`, { cause })),
    );
    child.once('spawn', () => {
      registerChild(options.registryDir, options.name, child.pid ?? 0);
      resolve(controlOf(child, options));
    });
  });
}

function controlOf(child: ChildProcess, options: ChildServiceOptions): ServerProcess {
  const pid = child.pid ?? 0;
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => {
      forgetChild(options.registryDir, pid);
      resolve({ code, signal });
    });
  });
  return {
    pid,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), options.stopTimeoutMs);
      return exited.finally(() => clearTimeout(timer));
    },
    async kill() {
      child.kill('SIGKILL');
      return exited;
    },
    signal: (name) => void child.kill(name),
  };
}

function tail(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  } catch {
    return '';
  }
}
