/** What each service is told when `crest up` starts it: settings by name, as docs/reference/config.md lists them. */
import { join } from 'node:path';
import { variableOf } from '@crest/shared/config';
import { eventDelays } from '../core/replay-clock.ts';

/** Mails a second to one mailbox, of all alerters: safely below the 10 at which SNS suspends it. */
const MAILS_PER_SECOND = 8;

/** Everything about a run that its services have to know. */
export interface RunSettings {
  readonly mode: 'world' | 'replay' | 'live';
  readonly runId: string;
  readonly seed: number;
  readonly speed: number;
  /** `CREST_EVENT_CLOCK`. */
  readonly eventClock: string;
  readonly replayDir: string | null;
  readonly spanMs: number | null;
  /** How many alerters share the pace of mails. */
  readonly alerters: number;
  readonly brokers: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly mongodbUrl: string;
  readonly database: string;
  readonly ircUrl: string;
  /** URL of SNS; null for Amazon's own. */
  readonly snsUrl: string | null;
  readonly ledgerFile: string;
  readonly inboxFile: string;
  /** Brokers that keep a record; default 1. */
  readonly replicas?: number;
  /** Ports of the pretend Twitch and SNS; null where neither is needed. */
  readonly simulator: { readonly ircPort: number; readonly snsPort: number } | null;
}

export const SERVICES = ['simulator', 'alerter', 'processor', 'collector'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Rooms of a replay on one connection: few, so that several sockets take part. */
const REPLAY_ROOMS_PER_CONNECTION = 10;
/** Joins in 10 s and logins in 10 s of a verified account (docs, Twitch's limits). */
const VERIFIED_JOINS = 2_000;
const VERIFIED_LOGINS = 200;
const CONNECTION_INTERVAL_MS = 100;

/** The time a service has to drain and stop, wall milliseconds. */
export const STOP_TIMEOUT_MS = 20_000;

/** The variables of a service. */
export function serviceVariables(
  service: ServiceName,
  run: RunSettings,
  httpPort: number,
): Record<string, string> {
  const settings = {
    'http.port': httpPort,
    eventClock: run.eventClock,
    shutdownTimeoutMs: STOP_TIMEOUT_MS,
    ...SETTINGS_OF[service](run),
  };
  return variablesOf(settings);
}

/**
 * What one process of a service is told beyond that, and has again after a restart: its name, and a
 * spool where it reads Twitch.
 */
export function ownVariables(
  service: ServiceName,
  name: string,
  spools: string,
): Record<string, string> {
  if (service === 'simulator') return {};
  const instance = `crest-${name}`;
  if (service !== 'collector') return variablesOf({ instance });
  return variablesOf({ instance, 'spool.dir': join(spools, name) });
}

function variablesOf(settings: Settings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [variableOf(name), String(value)]),
  );
}

type Settings = Readonly<Record<string, string | number | boolean>>;

const SETTINGS_OF: Readonly<Record<ServiceName, (run: RunSettings) => Settings>> = {
  simulator: simulatorSettings,
  alerter: (run) => ({ ...stores(run), ...snsSettings(run) }),
  processor: (run) => ({
    ...stores(run),
    'time.latenessMs': eventDelays(run.speed).latenessMs,
  }),
  collector: (run) => ({
    ...broker(run),
    ...collectorSettings(run),
  }),
};

function broker(run: RunSettings): Settings {
  return {
    'kafka.brokers': run.brokers,
    'kafka.topicPrefix': run.topicPrefix,
    'kafka.partitions': run.partitions,
    'kafka.replicationFactor': run.replicas ?? 1,
  };
}

function stores(run: RunSettings): Settings {
  return {
    ...broker(run),
    'mongodb.url': run.mongodbUrl,
    'mongodb.database': run.database,
  };
}

function simulatorSettings(run: RunSettings): Settings {
  return {
    'run.id': run.runId,
    seed: run.seed,
    ...programmeSettings(run),
    'twitch.ircPort': run.simulator?.ircPort ?? 0,
    'sns.port': run.simulator?.snsPort ?? 0,
    'sns.inboxFile': run.inboxFile,
    // A run has the limits of a verified account, and slow readers are not cut: what is tested
    // here is the pipeline, not patience.
    'twitch.joinsMax': VERIFIED_JOINS,
    'twitch.loginsMax': VERIFIED_LOGINS,
    'twitch.backlogBytesMax': 0,
  };
}

function programmeSettings(run: RunSettings): Settings {
  const ledger = { 'ledger.file': run.ledgerFile };
  switch (run.mode) {
    case 'replay':
      return {
        ...ledger,
        mode: 'replay',
        'replay.directory': run.replayDir ?? '',
        'replay.spanMs': run.spanMs ?? 0,
      };
    case 'world':
      return { ...ledger, mode: 'world', 'world.durationMs': run.spanMs ?? 0 };
    case 'live':
      // Only its SNS is wanted: a world of one silent room.
      return { mode: 'world', 'world.rooms': 1, 'start.rule': 'manual' };
  }
}

function snsSettings(run: RunSettings): Settings {
  const mailsPerSecond = Math.max(1, Math.floor(MAILS_PER_SECOND / run.alerters));
  const pace = { 'sns.mailsPerSecond': mailsPerSecond };
  return run.snsUrl === null ? pace : { ...pace, 'sns.endpoint': run.snsUrl };
}

function collectorSettings(run: RunSettings): Settings {
  const { clampMs, deliveryMs } = eventDelays(run.speed);
  const always = {
    'twitch.ircUrl': run.ircUrl,
    stampClampMs: clampMs,
    deliveryAllowanceMs: deliveryMs,
  };
  if (run.mode === 'live') return always;
  return {
    ...always,
    'twitch.roomsPerConnection': REPLAY_ROOMS_PER_CONNECTION,
    'twitch.joinsPer10s': VERIFIED_JOINS,
    'twitch.connectionIntervalMs': CONNECTION_INTERVAL_MS,
  };
}
