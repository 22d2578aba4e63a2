/**
 * A server that is not ours, as a child process: started, waited for until it answers, stopped in
 * bounded time.
 *
 * It runs in a process group of its own, so a Ctrl-C in the terminal reaches only the one who then stops
 * it in the right order; and it is in the registry, so a run that is killed leaves nothing for good.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../environment.ts';
import { forgetChild, registerChild } from './child-registry.ts';
import { pollUntil } from './poll.ts';

/** A log larger than this is put aside at the next start; one old log is kept. */
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const READY_POLL_MS = 40;
const LOG_TAIL_LINES = 12;

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Asks with SIGTERM, kills after `stopTimeoutMs`; settles when the process is gone. Idempotent. */
  stop(): Promise<ServerExit>;
  /** SIGKILL, as a crash would be; settles when the process is gone. */
  kill(): Promise<ServerExit>;
  /** Stops it where it stands, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

export interface ServerOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What its environment holds beyond ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its data and its log (`server.log`) are. Made where it is missing. */
  readonly dataDir: string;
  /** Directory of the child registry; default `dataDir`. */
  readonly registryDir: string | undefined;
  /** True as soon as the server does its work; asked often, and must not throw. */
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
  readonly stopTimeoutMs: number;
}

/** A server did not start. The message ends with the last lines of its log. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}

/**
 * Starts a server and waits until it answers.
 * @throws {ServerStartError} when it ends or stays silent instead; nothing is left running then.
 */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  mkdirSync(options.dataDir, { recursive: true });
  const logFile = join(options.dataDir, 'server.log');
  putLargeLogAside(logFile);
  const server = await launch(options, logFile);
  let ended: ServerExit | undefined;
  void server.exited.then((exit) => (ended = exit));
  const ready = await pollUntil(async () => ended !== undefined || (await options.isReady()), {
    withinMs: options.readyTimeoutMs,
    everyMs: READY_POLL_MS,
  });
  if (ready && ended === undefined) return server;
  await server.kill();
  const what = ended
    ? `${options.name} ended while it was starting (${describeExit(ended)})`
    : `${options.name} did not answer within ${options.readyTimeoutMs / 1000} s`;
  throw new ServerStartError(`${what}; its log is ${logFile}:\n${tailOf(logFile)}`);
}

function launch(options: ServerOptions, logFile: string): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const registryDir = options.registryDir ?? options.dataDir;
  return new Promise((resolve, reject) => {
    const child = spawn(options.command, options.args, {
      cwd: options.dataDir,
      env: { ...environment(), ...options.env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.once('error', (error) =>
      reject(
        new ServerStartError(`${options.command} could not be run: ${error.message}`, {
          cause: error,
        }),
      ),
    );
    child.once('spawn', () => {
      const pid = child.pid ?? 0;
      registerChild(registryDir, options.name, pid);
      const exited = exitOf(child).then((exit) => {
        forgetChild(registryDir, pid);
        return exit;
      });
      resolve(controlOf(child, exited, options.stopTimeoutMs));
    });
  });
}

function controlOf(
  child: ChildProcess,
  exited: Promise<ServerExit>,
  stopTimeoutMs: number,
): ServerProcess {
  return {
    pid: child.pid ?? 0,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      return exited.finally(() => clearTimeout(timer));
    },
    async kill() {
      child.kill('SIGKILL');
      return exited;
    },
    signal: (name) => void child.kill(name),
  };
}

function exitOf(child: ChildProcess): Promise<ServerExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function describeExit(exit: ServerExit): string {
  return exit.signal === null ? `exit code ${exit.code ?? '?'}` : `by ${exit.signal}`;
}

function putLargeLogAside(logFile: string): void {
  try {
    if (statSync(logFile).size > LOG_BYTES_MAX) renameSync(logFile, `${logFile}.1`);
  } catch {
    // There is no log yet.
  }
}

function tailOf(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  } catch {
    return '';
  }
}
