/** Takes a sample of every process once a second, until it is stopped. */
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseMetrics, type Sample as MetricSample } from '@crest/cli/run/prometheus-text';
import { askSimulator } from '@crest/cli/run/simulator-client';
import type { System } from '@crest/cli/run/system';
import { processFacts } from './process-facts.ts';
import type { ProcessSample, Sample } from './sample.ts';

const EVERY_MS = 1_000;
const ASK_TIMEOUT_MS = 900;

/** Of histograms no buckets are kept, and of what every Node process says of itself only its memory. */
const LEFT_OUT = /_bucket$|^nodejs_(?!heap_size|external)|^process_/;

export class Sampler {
  readonly #system: System;
  readonly #file: string;
  readonly #samples: Sample[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #startedAtMs = 0;

  /** `file` gets every sample as a line of JSON. */
  constructor(system: System, file: string) {
    this.#system = system;
    this.#file = file;
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Wall seconds since the start. */
  get atSeconds(): number {
    return (performance.now() - this.#startedAtMs) / 1_000;
  }

  start(): void {
    this.#startedAtMs = performance.now();
    this.#running = this.#run();
  }

  /** Settles when the last sample is taken. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let due = EVERY_MS; !signal.aborted; due += EVERY_MS) {
      const sample = await this.#take();
      if (signal.aborted) return;
      this.#samples.push(sample);
      appendFileSync(this.#file, `${JSON.stringify(sample)}\n`);
      const waitMs = Math.max(0, due - this.atSeconds * 1_000);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #take(): Promise<Sample> {
    const { supervisor, parts, simulatorUrl } = this.#system;
    const atSeconds = Math.round(this.atSeconds * 100) / 100;
    const ports = new Map(parts.map(({ name, httpPort }) => [name, httpPort]));
    const [sent, ...processes] = await Promise.all([
      askSent(simulatorUrl),
      ...supervisor.statuses.map(
        async ({ name, pid }) => [name, await sampleOf(pid, ports.get(name))] as const,
      ),
    ]);
    return { atSeconds, sent, processes: Object.fromEntries(processes) };
  }
}

async function askSent(simulatorUrl: string | null): Promise<number | null> {
  if (simulatorUrl === null) return null;
  return askSimulator(simulatorUrl).then(
    ({ lines }) => lines.sent,
    () => null,
  );
}

const DOWN = { pid: null, rssBytes: null, openFiles: null, cpuSeconds: null } as const;
const SILENT = { live: false, ready: false, reasons: '', metrics: {} } as const;

async function sampleOf(pid: number | null, port: number | undefined): Promise<ProcessSample> {
  const facts = pid === null ? null : processFacts(pid);
  if (pid === null || facts === null) return { ...DOWN, ...SILENT };
  return { pid, ...facts, ...(port === undefined ? SILENT : await said(port)) };
}

/** What a process says of itself. */
async function said(port: number): Promise<Omit<ProcessSample, keyof typeof DOWN>> {
  const [readiness, metrics] = await Promise.all([ask(port, 'readyz'), ask(port, 'metrics')]);
  return {
    live: readiness !== null,
    ready: readiness?.ok ?? false,
    reasons: readiness === null || readiness.ok ? '' : readiness.text.trim(),
    metrics: metrics?.ok === true ? summed(parseMetrics(metrics.text)) : {},
  };
}

async function ask(port: number, path: string): Promise<{ ok: boolean; text: string } | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`, {
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    return { ok: response.ok, text: await response.text() };
  } catch {
    return null;
  }
}

/** By metric, and by series where there are labels. */
export function summed(samples: readonly MetricSample[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { name, labels, value } of samples) {
    if (LEFT_OUT.test(name)) continue;
    sums[name] = (sums[name] ?? 0) + value;
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    if (pairs.length > 0) sums[`${name}{${pairs.sort().join(',')}}`] = value;
  }
  return sums;
}
