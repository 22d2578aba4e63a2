/** The alerter as a process of its own, as in production: it can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export class AlerterProcess implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  /** Of `/metrics` and `/readyz`. */
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor(env: Readonly<Record<string, string>> & { readonly CREST_HTTP_PORT: string }) {
    this.url = `http://127.0.0.1:${env.CREST_HTTP_PORT}`;
    this.#child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], ...env },
    });
    this.#exited = once(this.#child, 'exit');
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on('line', (line) => this.lines.push(JSON.parse(line) as LogLine));
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Says whether a line with this message was logged. */
  logged(message: string): boolean {
    return this.lines.some(({ msg }) => msg === message);
  }

  /** What a metric without labels says. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  }

  /** Why it is not ready; empty when it is. */
  async notReady(): Promise<string> {
    const response = await fetch(`${this.url}/readyz`);
    return response.status === 200 ? '' : response.text();
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await this.#exited;
    }
    return this.#child.exitCode;
  }

  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGCONT');
    await this.kill();
  }
}
