/** The services' metrics, summed over all processes, as far as the screen shows them. */
import { maxOf, parseMetrics, sumOf, type Sample } from './prometheus-text.ts';
import type { ServicePart } from './system.ts';

export interface ServiceFigures {
  /** Lines read from Twitch since the collectors started. */
  readonly linesRead: number | null;
  /** Messages that each process made durable since it started, by its name. */
  readonly messagesWritten: ReadonlyMap<string, number>;
  /** Alerts that the provider accepted of each process since it started, by its name. */
  readonly alertsAccepted: ReadonlyMap<string, number>;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
  readonly roomsJoined: number | null;
}

const ASK_TIMEOUT_MS = 1_000;

/** Asks every service; one that does not answer adds nothing. */
export async function readFlow(
  parts: readonly Pick<ServicePart, 'name' | 'service' | 'httpPort'>[],
): Promise<ServiceFigures> {
  const asked = parts.filter(({ service }) => service !== 'simulator');
  const answers = await Promise.all(
    asked.map(async ({ name, httpPort }): Promise<[string, Sample[]]> => [
      name,
      await readMetrics(httpPort),
    ]),
  );
  return figuresOf(new Map(answers));
}

/** The figures in the samples of all processes, by their names. */
function figuresOf(answers: ReadonlyMap<string, readonly Sample[]>): ServiceFigures {
  const samples = [...answers.values()].flat();
  return {
    linesRead: sumOf(samples, 'crest_collector_lines_total'),
    messagesWritten: countsOf(answers, 'crest_processor_written_items_total', {
      writer: 'messages',
    }),
    alertsAccepted: countsOf(answers, 'crest_alerter_sends_total', { outcome: 'accepted' }),
    lagRecords: sumOf(samples, 'crest_processor_lag_records'),
    lagSeconds: maxOf(samples, 'crest_processor_lag_newest_seconds'),
    roomsJoined: sumOf(samples, 'crest_collector_rooms_joined'),
  };
}

function countsOf(
  answers: ReadonlyMap<string, readonly Sample[]>,
  name: string,
  labels: Readonly<Record<string, string>>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [process, samples] of answers) {
    const count = sumOf(samples, name, labels);
    if (count !== null) counts.set(process, count);
  }
  return counts;
}

/** The samples of one service; none where it does not answer. */
export async function readMetrics(port: number): Promise<Sample[]> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    return response.ok ? parseMetrics(await response.text()) : [];
  } catch {
    return [];
  }
}
