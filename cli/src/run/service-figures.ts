/** The services' metrics, summed over all processes, as far as the screen shows them. */
import { maxOf, parseMetrics, sumOf, type Sample } from './prometheus-text.ts';
import type { ServicePart } from './system.ts';

export interface ServiceFigures {
  /** Lines read from Twitch since the collectors started. */
  readonly linesRead: number | null;
  /** Messages made durable since the processors started. */
  readonly messagesWritten: number | null;
  /** Alerts that the provider accepted since the alerters started. */
  readonly alertsAccepted: number | null;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
  readonly roomsJoined: number | null;
}

const ASK_TIMEOUT_MS = 1_000;

/** Asks every service; one that does not answer adds nothing. */
export async function readFlow(
  parts: readonly Pick<ServicePart, 'service' | 'httpPort'>[],
): Promise<ServiceFigures> {
  const asked = parts.filter(({ service }) => service !== 'simulator');
  const samples = (await Promise.all(asked.map(({ httpPort }) => readMetrics(httpPort)))).flat();
  return figuresOf(samples);
}

/** The figures in the samples of all processes. */
export function figuresOf(samples: readonly Sample[]): ServiceFigures {
  return {
    linesRead: sumOf(samples, 'crest_collector_lines_total'),
    messagesWritten: sumOf(samples, 'crest_processor_written_items_total', { writer: 'messages' }),
    alertsAccepted: sumOf(samples, 'crest_alerter_sends_total', { outcome: 'accepted' }),
    lagRecords: sumOf(samples, 'crest_processor_lag_records'),
    lagSeconds: maxOf(samples, 'crest_processor_lag_newest_seconds'),
    roomsJoined: sumOf(samples, 'crest_collector_rooms_joined'),
  };
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
