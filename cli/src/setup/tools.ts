import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupRefusal, type SetupContext } from './setup-context.ts';

/** The programs of the machine that the setup uses. */
export type Tool = 'java' | 'mvn' | 'python3' | 'mongod' | 'cargo' | 'cmake' | 'g++';

/** What one reads when a tool is missing: what it is for, how to get it, what to do without it. */
const REMEDIES: Readonly<Record<Tool, string>> = {
  java: 'Java 17 or newer was not found, and the embedded Kafka broker runs on it: install it (Debian and Ubuntu: "apt-get install openjdk-17-jre-headless"; macOS: "brew install openjdk"), or use a broker that is there with --kafka URL.',
  mvn: 'Maven (mvn) was not found, and it fetches the embedded Kafka broker once: install it (Debian and Ubuntu: "apt-get install maven"; macOS: "brew install maven"), or use a broker that is there with --kafka URL.',
  python3:
    'Python 3 (python3) was not found, and the embedded database comes with it: install it (Debian and Ubuntu: "apt-get install python3 python3-venv"; macOS: "brew install python"), put a mongod on PATH, or use a database that is there with --mongodb URL.',
  mongod:
    'mongod was not found on PATH: install MongoDB, or leave the choice of database to Crest.',
  cargo:
    'cargo was not found, and it builds the fast embedded database: install Rust from https://rustup.rs, or go on with the slower database, which needs no building.',
  cmake:
    'cmake was not found, and the fast embedded database is built with it: install it (Debian and Ubuntu: "apt-get install cmake"; macOS: "brew install cmake"), or go on with the slower database.',
  'g++':
    'A C++ compiler (g++) was not found, and the fast embedded database is built with it: install it (Debian and Ubuntu: "apt-get install g++"; macOS: "xcode-select --install"), or go on with the slower database.',
};

/** The full path of a program on PATH, or undefined. */
export function findTool(tool: Tool, env: SetupContext['env']): string | undefined {
  for (const dir of (env['PATH'] ?? '').split(delimiter)) {
    if (dir === '') continue;
    const path = join(dir, tool);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

/**
 * The full path of a program on PATH.
 * @throws {SetupRefusal} with the sentence that says how to get it.
 */
export function requireTool(tool: Tool, env: SetupContext['env']): string {
  const path = findTool(tool, env);
  if (path === undefined) throw new SetupRefusal(REMEDIES[tool]);
  return path;
}

/** Follows links (and `/etc/alternatives`) to the file itself. */
export function realTool(path: string): string {
  return realpathSync(path);
}

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the environment of the setup. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of either output. */
  readonly onLine?: (line: string) => void;
}

export interface ToolResult {
  readonly code: number;
  /** The end of both outputs together, enough to say why it failed. */
  readonly output: string;
}

const OUTPUT_CHARS_MAX = 20_000;

/** Runs a program to its end; a non-zero exit is a result, not an exception. */
export function runTool(context: SetupContext, run: ToolRun): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(run.command, run.args, {
      cwd: run.cwd,
      env: { ...context.env, ...run.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(context.signal ? { signal: context.signal } : {}),
    });
    let output = '';
    const take = (chunk: string) => {
      output = (output + chunk).slice(-OUTPUT_CHARS_MAX);
    };
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        take(chunk);
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach((line) => run.onLine?.(line));
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const UNREACHABLE =
  /unknown host|could not resolve host|connection refused|connect timed out|network is unreachable|temporary failure in name resolution|failed to establish a new connection|no route to host/i;

/** Turns the words of a tool that failed into one sentence, with its last lines where they are needed. */
export function toolFailure(what: string, result: ToolResult): SetupRefusal {
  if (UNREACHABLE.test(result.output)) {
    return new SetupRefusal(
      `${what} could not be fetched because its registry was not reached: connect to the network and run the command again; nothing half-fetched is kept.`,
    );
  }
  if (/no space left on device/i.test(result.output)) {
    return new SetupRefusal(`${what} could not be set up because the disk is full.`);
  }
  const lines = result.output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-8);
  return new SetupRefusal(`${what} could not be set up; the last words were:\n${lines.join('\n')}`);
}
