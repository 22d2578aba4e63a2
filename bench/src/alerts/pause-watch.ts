/** What holds the event loops of our services up, while a load runs. */
import { setTimeout as delay } from 'node:timers/promises';
import { maxOf, sumOf, type Sample } from '@crest/cli/run/prometheus-text';
import { readMetrics } from '@crest/cli/run/service-figures';

const SERVICES = ['collector', 'processor', 'alerter'] as const;
const LOOK_EVERY_MS = 1_000;

export interface Pauses {
  /** The longest that the event loop was held up, milliseconds. */
  readonly longestMs: number;
  /** Time in the garbage collector, milliseconds a second. */
  readonly gcMsPerSecond: number;
}

interface Seen {
  readonly atMs: number;
  readonly longest: number;
  readonly gc: number;
}

/** Looks once a second from now on; the function that it gives ends that and says what was seen. */
export function watchPauses(
  ports: Readonly<Record<(typeof SERVICES)[number], number>>,
): () => Promise<Record<string, Pauses>> {
  const stop = new AbortController();
  const seen = new Map<string, Seen[]>(SERVICES.map((service) => [service, []]));
  const looking = lookUntil(stop.signal, ports, seen);
  return async () => {
    stop.abort();
    await looking;
    return Object.fromEntries([...seen].map(([service, looks]) => [service, pausesOf(looks)]));
  };
}

async function lookUntil(
  signal: AbortSignal,
  ports: Readonly<Record<(typeof SERVICES)[number], number>>,
  seen: ReadonlyMap<string, Seen[]>,
): Promise<void> {
  while (!signal.aborted) {
    for (const service of SERVICES) {
      const metrics = await readMetrics(ports[service]);
      seen.get(service)?.push(seenIn(metrics));
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function seenIn(metrics: readonly Sample[]): Seen {
  return {
    atMs: performance.now(),
    longest: maxOf(metrics, 'nodejs_eventloop_lag_max_seconds') ?? 0,
    gc: sumOf(metrics, 'nodejs_gc_duration_seconds_sum') ?? 0,
  };
}

function pausesOf(looks: readonly Seen[]): Pauses {
  const [first] = looks;
  const last = looks.at(-1);
  const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1_000;
  // What was seen at the first look is of the time before.
  const own = looks.slice(1);
  return {
    longestMs: inMs(Math.max(0, ...own.map(({ longest }) => longest))),
    gcMsPerSecond: inMs(((last?.gc ?? 0) - (first?.gc ?? 0)) / Math.max(1, seconds)),
  };
}

function inMs(seconds: number): number {
  return Math.round(seconds * 1e4) / 10;
}
