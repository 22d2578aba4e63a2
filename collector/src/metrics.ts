/**
 * Every metric of the collector, built on the registry that is handed in. No channel, user or id is
 * ever a label; label values are closed lists and stand at 0 from the start.
 */
import { JOIN_REFUSALS, type JoinRefusal } from './core/join-refusal.ts';
import { UNOBSERVED_REASONS, type UnobservedReason } from '@crest/shared/records/room-observed';
import { scrapedGauges } from '@crest/shared/scraped-gauges';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { DROP_REASONS, type DropReason } from './spool/spool.ts';
import { CONNECTION_ENDS, type ConnectionEnd } from './twitch/irc-connection.ts';

/** Commands that are counted by name; all others are `other`. */
export const COUNTED_COMMANDS = [
  'PRIVMSG',
  'USERNOTICE',
  'CLEARCHAT',
  'CLEARMSG',
  'ROOMSTATE',
  'NOTICE',
  'RECONNECT',
  'PING',
  'PONG',
  'other',
] as const;
export type CountedCommand = (typeof COUNTED_COMMANDS)[number];

export const CONNECTION_STATES = ['connecting', 'open', 'retiring'] as const;
export const LIMITERS = ['joins', 'connects'] as const;

/** What is read when somebody scrapes, rather than counted as it happens. */
export interface CollectorGauges {
  roomsWanted: number;
  roomsConfirmed: number;
  roomsJoining: number;
  connections: Readonly<Record<(typeof CONNECTION_STATES)[number], number>>;
  limiterTokens: Readonly<Record<(typeof LIMITERS)[number], number>>;
  queueRecords: number;
  queueBytes: number;
  waitingBytes: number;
  partitionsHeld: number;
  spoolBytes: number;
  spoolOldestAgeSeconds: number;
  isSpooling: boolean;
}

/** Before there is anything to look at. */
export const NO_GAUGES: CollectorGauges = {
  roomsWanted: 0,
  roomsConfirmed: 0,
  roomsJoining: 0,
  connections: { connecting: 0, open: 0, retiring: 0 },
  limiterTokens: { joins: 0, connects: 0 },
  queueRecords: 0,
  queueBytes: 0,
  waitingBytes: 0,
  partitionsHeld: 0,
  spoolBytes: 0,
  spoolOldestAgeSeconds: 0,
  isSpooling: false,
};

export interface CollectorMetrics {
  /** Lines read by command since the last scrape: counted for every line, so without labels. */
  readonly lines: Record<CountedCommand, number>;
  readonly records: Counter;
  readonly deadLetters: Counter;
  readonly duplicates: Counter;
  readonly clampedStamps: Counter;
  readonly ticks: Counter;
  readonly joinTimeouts: Counter;
  readonly joinRefusals: Counter<'reason'>;
  readonly roomsLost: Counter<'reason'>;
  readonly connectionEnds: Counter<'reason'>;
  readonly sendFailures: Counter;
  readonly sendSeconds: Histogram;
  readonly queueFull: Counter;
  readonly lastHeartbeat: Gauge;
  readonly spool: SpoolMetrics;
}

export interface SpoolMetrics {
  readonly appended: Counter;
  readonly drained: Counter;
  readonly dropped: Counter<'reason'>;
  readonly corrupt: Counter;
  readonly torn: Counter;
  readonly refused: Counter<'reason'>;
  readonly troubles: Counter;
  readonly fsyncSeconds: Histogram;
}

export const SPOOL_REFUSALS = ['full', 'failed'] as const;
export type SpoolRefusal = (typeof SPOOL_REFUSALS)[number];

const PREFIX = 'crest_collector_';

/** Registers everything. `gauges` is called at each scrape. */
export function createMetrics(registry: Registry, gauges: () => CollectorGauges): CollectorMetrics {
  const registers = [registry];
  const counter = (name: string, help: string): Counter =>
    new Counter({ name: PREFIX + name, help, registers });
  registerGauges(registry, gauges);
  return {
    lines: countLines(registry),
    records: counter('records_total', 'Records acknowledged by Kafka.'),
    deadLetters: counter('dead_letters_total', 'Lines that could not be understood.'),
    duplicates: counter('duplicates_total', 'Lines dropped because they had been read already.'),
    clampedStamps: counter(
      'clamped_stamps_total',
      'Stamps replaced because they lay too far ahead.',
    ),
    ticks: counter('ticks_total', 'Ticks written, all partitions together.'),
    joinTimeouts: counter('join_timeouts_total', 'Joins that were not answered in time.'),
    joinRefusals: byReason<JoinRefusal>(registry, 'join_refusals_total', {
      help: 'Joins that Twitch refused.',
      values: JOIN_REFUSALS,
    }),
    roomsLost: byReason<UnobservedReason>(registry, 'rooms_lost_total', {
      help: 'Rooms that were read and are no longer.',
      values: UNOBSERVED_REASONS,
    }),
    connectionEnds: byReason<ConnectionEnd>(registry, 'connection_ends_total', {
      help: 'Connections to Twitch that ended; all but `asked` are replaced.',
      values: CONNECTION_ENDS,
    }),
    sendFailures: counter('send_failures_total', 'Sends to Kafka that failed and were repeated.'),
    sendSeconds: new Histogram({
      name: `${PREFIX}send_seconds`,
      help: 'From handing a batch to the client to its acknowledgement.',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    queueFull: counter('queue_full_total', 'Times that the queue was full and reading stopped.'),
    lastHeartbeat: new Gauge({
      name: `${PREFIX}last_heartbeat_timestamp_seconds`,
      help: 'When the last heartbeat was sent, wall time.',
      registers,
    }),
    spool: createSpoolMetrics(registry),
  };
}

/** Counts that are handed to their metric when somebody scrapes. */
function countLines(registry: Registry): Record<CountedCommand, number> {
  const pairs = COUNTED_COMMANDS.map((command) => [command, 0]);
  const counts = Object.fromEntries(pairs) as Record<CountedCommand, number>;
  const counter = new Counter({
    name: `${PREFIX}lines_total`,
    help: 'Lines read from Twitch, by command.',
    labelNames: ['command'],
    registers: [registry],
    collect() {
      for (const command of COUNTED_COMMANDS) {
        this.inc({ command }, counts[command]);
        counts[command] = 0;
      }
    },
  });
  labelled(counter, 'command', COUNTED_COMMANDS);
  return counts;
}

function createSpoolMetrics(registry: Registry): SpoolMetrics {
  const registers = [registry];
  const counter = (name: string, help: string): Counter =>
    new Counter({ name: `${PREFIX}spool_${name}`, help, registers });
  return {
    appended: counter('appended_total', 'Records acknowledged by the spool.'),
    drained: counter('drained_total', 'Records of the spool that Kafka acknowledged.'),
    dropped: byReason<DropReason>(registry, 'spool_dropped_total', {
      help: 'Records of the spool that were given up.',
      values: DROP_REASONS,
    }),
    corrupt: counter('corrupt_total', 'Records of the spool that could not be read.'),
    torn: counter('torn_total', 'Tails that a crash had torn, cut at the start.'),
    refused: byReason<SpoolRefusal>(registry, 'spool_refused_total', {
      help: 'Appends that the spool did not take; they are tried again.',
      values: SPOOL_REFUSALS,
    }),
    troubles: counter('troubles_total', 'Failures of the disk that cost no record.'),
    fsyncSeconds: new Histogram({
      name: `${PREFIX}spool_fsync_seconds`,
      help: 'Time of one fsync of records.',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
      registers,
    }),
  };
}

function registerGauges(registry: Registry, gauges: () => CollectorGauges): void {
  const gauge = scrapedGauges(registry, PREFIX, gauges);
  gauge('rooms_wanted', 'Rooms that are to be read.', (now) => now.roomsWanted);
  gauge('rooms_joined', 'Rooms whose join was confirmed.', (now) => now.roomsConfirmed);
  gauge('rooms_joining', 'Rooms whose join is not answered yet.', (now) => now.roomsJoining);
  gauge('queue_records', 'Records that wait for Kafka.', (now) => now.queueRecords);
  gauge('queue_bytes', 'Bytes that wait for Kafka.', (now) => now.queueBytes);
  gauge(
    'waiting_bytes',
    'Bytes read from sockets that wait until slower connections were read as far; 0 unless there is something to catch up with.',
    (now) => now.waitingBytes,
  );
  gauge('partitions_held', 'Partitions of channels.wanted held.', (now) => now.partitionsHeld);
  gauge('spool_bytes', 'Bytes of the spool on the disk.', (now) => now.spoolBytes);
  gauge(
    'spool_oldest_age_seconds',
    'Age of the oldest record that waits in the spool; 0 when it is empty.',
    (now) => now.spoolOldestAgeSeconds,
  );
  gauge('spooling', 'Whether records go to the spool (1) or to Kafka directly (0).', (now) =>
    Number(now.isSpooling),
  );
  labelledGauge(
    registry,
    ['connections', 'Connections to Twitch, by state.', 'state'],
    () => gauges().connections,
  );
  labelledGauge(
    registry,
    ['limiter_tokens', 'Tokens left in each limiter.', 'limiter'],
    () => gauges().limiterTokens,
  );
}

function labelledGauge(
  registry: Registry,
  [name, help, label]: readonly [string, string, string],
  read: () => Readonly<Record<string, number>>,
): void {
  new Gauge({
    name: PREFIX + name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count);
    },
  });
}

function byReason<Reason extends string>(
  registry: Registry,
  name: string,
  { help, values }: { help: string; values: readonly Reason[] },
): Counter<'reason'> {
  const counter = new Counter({
    name: PREFIX + name,
    help,
    labelNames: ['reason'] as const,
    registers: [registry],
  });
  return labelled(counter, 'reason', values);
}

/** Sets every label value to 0, so that a rate over the first event is not lost. */
function labelled<L extends string>(
  counter: Counter<L>,
  label: L,
  values: readonly string[],
): Counter<L> {
  for (const value of values) counter.inc({ [label]: value } as Record<L, string>, 0);
  return counter;
}
