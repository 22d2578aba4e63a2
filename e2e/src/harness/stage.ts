/** What an act can do to the running system. */
import type { FaultOrder } from '@crest/simulator/core/faults';
import type { FaultPlanChange } from '@crest/simulator/sns/faults';
import { pollUntil } from '@crest/cli/servers/poll';
import type { System } from '@crest/cli/run/system';

const ASK_TIMEOUT_MS = 5_000;
const POLL_MS = 100;

export interface StageOptions {
  readonly system: System;
  /** Wall seconds since the first line. */
  readonly atSeconds: () => number;
  readonly say: (line: string) => void;
}

/** Parts are named as `crest up` names them: `collector`, `processor-2`, `kafka`, `database`. */
export class Stage {
  readonly system: System;
  readonly notes = new Map<string, number>();
  readonly #options: StageOptions;

  constructor(options: StageOptions) {
    this.#options = options;
    this.system = options.system;
  }

  /** Wall seconds since the first line. */
  get atSeconds(): number {
    return this.#options.atSeconds();
  }

  /** Keeps a number for the expectations. */
  note(name: string, value: number): void {
    this.notes.set(name, value);
  }

  say(line: string): void {
    this.#options.say(line);
  }

  /** SIGKILL; the supervisor starts it again at once. */
  async kill(part: string): Promise<void> {
    await this.system.supervisor.kill(part);
  }

  /** SIGKILL; it stays down until `release`. */
  async hold(part: string): Promise<void> {
    await this.system.supervisor.hold(part);
  }

  /** Starts it again; settles when it is up. */
  async release(part: string): Promise<void> {
    await this.system.supervisor.release(part);
  }

  /** SIGSTOP: its sockets stay open and nothing answers. */
  pause(part: string): Promise<void> {
    this.system.supervisor.pause(part);
    return Promise.resolve();
  }

  /** SIGCONT. */
  resume(part: string): Promise<void> {
    this.system.supervisor.resume(part);
    return Promise.resolve();
  }

  /** SIGTERM, time to drain, and a start; settles when it is up. */
  async roll(part: string): Promise<void> {
    await this.system.supervisor.roll(part);
  }

  /** One more process of a service; its name, once it is up. */
  add(service: 'collector' | 'processor' | 'alerter'): Promise<string> {
    return this.system.add(service);
  }

  /** SIGTERM and time to drain, for good. */
  async remove(part: string): Promise<void> {
    await this.system.remove(part);
  }

  /** Spoils requests to the pretend SNS; see its fault plan. */
  async spoilSns(change: FaultPlanChange): Promise<void> {
    await this.#post(new URL('/faults', this.#inboxUrl()), 'POST', change);
  }

  /** The pretend SNS works again. */
  async mendSns(): Promise<void> {
    await this.#post(new URL('/faults', this.#inboxUrl()), 'DELETE');
  }

  /** Orders a fault of the pretend Twitch. */
  async spoilTwitch(...orders: readonly FaultOrder[]): Promise<void> {
    const { simulatorUrl } = this.system;
    if (simulatorUrl === null) throw new Error('there is no pretend Twitch');
    await this.#post(new URL('/faults', simulatorUrl), 'POST', orders);
  }

  /** Waits for something. @throws Error that names it when it does not come in time. */
  async until(
    what: string,
    ask: () => boolean | Promise<boolean>,
    withinSeconds: number,
  ): Promise<void> {
    const came = await pollUntil(ask, { withinMs: withinSeconds * 1_000, everyMs: POLL_MS });
    if (!came) throw new Error(`waited ${withinSeconds} s in vain: ${what}`);
  }

  #inboxUrl(): string {
    const { inboxUrl } = this.system;
    if (inboxUrl === null) throw new Error('there is no pretend SNS');
    return inboxUrl;
  }

  async #post(url: URL, method: string, body?: unknown): Promise<void> {
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${String(url)} answered ${await response.text()}`);
  }
}
