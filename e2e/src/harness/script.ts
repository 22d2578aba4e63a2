/** The script of a scenario as it is played: lines begin, then each act at its second. */
import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '@crest/cli/servers/poll';
import { askSimulator } from '@crest/cli/run/simulator-client';
import type { System } from '@crest/cli/run/system';
import { endsInItsHour, speedOf } from './load.ts';
import { Sampler } from './sampler.ts';
import type { Act, Load } from './scenario.ts';
import { Stage } from './stage.ts';

const JOINED_WITHIN_MS = 60_000;
const POLL_MS = 100;

export interface ScriptOptions {
  readonly system: System;
  readonly load: Load;
  readonly acts: readonly Act[];
  /** Where samples are written. */
  readonly samplesFile: string;
  readonly say: (line: string) => void;
}

export class Script {
  readonly sampler: Sampler;
  readonly stage: Stage;
  readonly #options: ScriptOptions;
  readonly #stop = new AbortController();

  constructor(options: ScriptOptions) {
    this.#options = options;
    this.sampler = new Sampler(options.system, options.samplesFile);
    this.stage = new Stage({
      system: options.system,
      atSeconds: () => this.sampler.atSeconds,
      say: options.say,
    });
  }

  /**
   * Plays it to its end, which may be before that of the lines.
   * @throws what an act throws, named by it.
   */
  async play(): Promise<void> {
    await this.#begin();
    const acts = this.#options.acts.toSorted((a, b) => a.atSeconds - b.atSeconds);
    for (const act of acts) {
      const waitMs = Math.max(0, (act.atSeconds - this.sampler.atSeconds) * 1_000);
      const { signal } = this.#stop;
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.#options.say(`${this.sampler.atSeconds.toFixed(1)} s: ${act.about}`);
      await act.run(this.stage).catch((cause: unknown) => {
        throw new Error(`${act.about}: ${String(cause)}`, { cause });
      });
    }
  }

  /** No further act, no further sample. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.sampler.stop();
  }

  async #begin(): Promise<void> {
    const { system, load } = this.#options;
    const url = system.simulatorUrl;
    if (url === null) throw new Error('there is no pretend Twitch');
    const joined = async (): Promise<boolean> => {
      const { rooms } = await askSimulator(url);
      return rooms.confirmed >= rooms.wanted;
    };
    if (!(await pollUntil(joined, { withinMs: JOINED_WITHIN_MS, everyMs: POLL_MS }))) {
      throw new Error('not every room was joined within a minute');
    }
    const { eventTimeMs } = await askSimulator(url);
    if (load.kind === 'world' && !endsInItsHour(load.seconds * speedOf(load), eventTimeMs)) {
      throw new Error('the start took so long that the lines would run into another hour');
    }
    const response = await fetch(`${url}/start`, { method: 'POST' });
    if (!response.ok) throw new Error('the pretend Twitch did not start');
    this.sampler.start();
  }
}
