/**
 * Every metric of the processor, built on the registry that is handed in. No channel, user or id
 * is ever a label; label values are closed lists and stand at 0 from the start.
 */
import { CHANNEL_EVENT_CODECS, type ChannelEvent } from '@crest/shared/records/channel-event';
import { HEARTBEAT_STAGES } from '@crest/shared/records/heartbeat';
import { WINDOW_SPANS_SECONDS } from '@crest/shared/records/windows-updated';
import { scrapedGauges } from '@crest/shared/scraped-gauges';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export const WINDOW_UPDATES = ['early', 'final', 'corrected'] as const;
export type WindowUpdate = (typeof WINDOW_UPDATES)[number];

export const WRITERS = [
  'messages',
  'windows10s',
  'windows1m',
  'windows1h',
  'spikes',
  'gaps',
  'counters',
  'deletions',
  'kafka',
] as const;
export type Writer = (typeof WRITERS)[number];

const RECORD_TYPES = Object.keys(CHANNEL_EVENT_CODECS) as ChannelEvent['type'][];

/** What is read when somebody scrapes, rather than counted as it happens. */
export interface ProcessorGauges {
  readonly partitions: number;
  readonly channels: number;
  readonly openGaps: number;
  /** Records in the log that are not folded yet. */
  readonly lagRecords: number;
  /** Age of the newest folded record of the partition that is furthest behind; 0 when none is. */
  readonly lagSeconds: number;
  /** Records folded whose effects are not durable yet. */
  readonly inFlightRecords: number;
}

/** What there is to say before anything runs. */
export const NO_GAUGES: ProcessorGauges = {
  partitions: 0,
  channels: 0,
  openGaps: 0,
  lagRecords: 0,
  lagSeconds: 0,
  inFlightRecords: 0,
};

const PREFIX = 'crest_processor_';
const WRITE_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

export type ProcessorMetrics = ReturnType<typeof createMetrics>;

/** Registers everything. `gauges` is called at each scrape. */
export function createMetrics(registry: Registry, gauges: () => ProcessorGauges = () => NO_GAUGES) {
  const registers = [registry];
  const counter = (name: string, help: string): Counter =>
    new Counter({ name: PREFIX + name, help, registers });
  const histogram = (name: string, help: string, buckets: number[]): Histogram =>
    new Histogram({ name: PREFIX + name, help, buckets, registers });
  registerGauges(registry, gauges);
  return {
    records: byLabel(registry, { name: 'records_total', help: 'Records folded, by type.' }, [
      'type',
      RECORD_TYPES,
    ]),
    duplicates: counter('duplicates_total', 'Lines dropped because they were counted already.'),
    late: counter('late_total', 'Lines whose second was closed when they came.'),
    deadLetters: counter('dead_letters_total', 'Records that could not be understood.'),
    skipped: counter('skipped_offsets_total', 'Offsets that were gone from the log unread.'),
    windows: byLabel(registry, { name: 'windows_total', help: 'Windows sent, by occasion.' }, [
      'update',
      WINDOW_UPDATES,
    ]),
    finalWindows: byLabel(
      registry,
      { name: 'final_windows_total', help: 'Windows that became final, by span in seconds.' },
      ['span', WINDOW_SPANS_SECONDS.map(String)],
    ),
    spikes: counter('spikes_total', 'Spikes found.'),
    recounts: counter('recounts_total', 'Closed windows counted again from the store.'),
    lag: histogram('lag_seconds', 'Age of records when they are folded.', WRITE_BUCKETS),
    foldSeconds: counter('fold_seconds_total', 'Time spent decoding and folding.'),
    writeSeconds: writeSeconds(registry),
    writtenItems: byLabel(
      registry,
      { name: 'written_items_total', help: 'Records and documents made durable, by target.' },
      ['writer', WRITERS],
    ),
    writeFailures: byLabel(
      registry,
      { name: 'write_failures_total', help: 'Writes that failed and were repeated, by target.' },
      ['writer', WRITERS],
    ),
    snapshotSeconds: histogram('snapshot_seconds', 'Time to save a state.', WRITE_BUCKETS),
    snapshotBytes: counter('snapshot_bytes_total', 'Bytes written for saved states.'),
    fenced: counter('fenced_total', 'Partitions dropped because another process took them over.'),
    heartbeat: heartbeatGauge(registry),
  };
}

function writeSeconds(registry: Registry): Histogram<'writer'> {
  const histogram = new Histogram({
    name: `${PREFIX}write_seconds`,
    help: 'Time of a write that succeeded, by target.',
    labelNames: ['writer'],
    buckets: WRITE_BUCKETS,
    registers: [registry],
  });
  for (const writer of WRITERS) histogram.zero({ writer });
  return histogram;
}

function heartbeatGauge(registry: Registry): Gauge<'stage'> {
  const gauge = new Gauge({
    name: 'crest_pipeline_heartbeat_timestamp_seconds',
    help: 'When the last heartbeat passed each stage, wall time.',
    labelNames: ['stage'],
    registers: [registry],
  });
  for (const stage of HEARTBEAT_STAGES) gauge.set({ stage }, 0);
  return gauge;
}

function byLabel<L extends string>(
  registry: Registry,
  { name, help }: { name: string; help: string },
  [label, values]: readonly [L, readonly string[]],
): Counter<L> {
  const counter = new Counter({
    name: PREFIX + name,
    help,
    labelNames: [label],
    registers: [registry],
  });
  for (const value of values) counter.inc({ [label]: value } as Record<L, string>, 0);
  return counter;
}

function registerGauges(registry: Registry, gauges: () => ProcessorGauges): void {
  const gauge = scrapedGauges(registry, PREFIX, gauges);
  gauge('partitions_held', 'Partitions of channel.events held.', (now) => now.partitions);
  gauge('channels', 'Channels with state.', (now) => now.channels);
  gauge('gaps_open', 'Rooms that nobody reads at present.', (now) => now.openGaps);
  gauge('lag_records', 'Records in the log that are not folded yet.', (now) => now.lagRecords);
  gauge('lag_newest_seconds', 'Age of the newest folded record.', (now) => now.lagSeconds);
  gauge('in_flight_records', 'Records folded and not durable.', (now) => now.inFlightRecords);
}
