/**
 * The whole system under load on this machine: a broker and the fast embedded database once, the
 * services afresh for each trial, with topics and a database of their own.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RULES_COLLECTION, type Rule } from '@crest/shared/domain/rule';
import { openDatabase } from '@crest/shared/mongo';
import { environment, memoryVariables, serviceEnvironment } from '@crest/cli/environment';
import { startChildService } from '@crest/cli/run/child-service';
import { KafkaDesk } from '@crest/cli/run/kafka-desk';
import {
  serviceVariables,
  type RunSettings,
  type ServiceName,
} from '@crest/cli/run/service-settings';
import { askRooms } from '@crest/cli/run/simulator-client';
import { freePort } from '@crest/cli/servers/free-port';
import { startKafka, type KafkaServer } from '@crest/cli/servers/kafka-server';
import { startMongo, type MongoServer } from '@crest/cli/servers/mongo-server';
import type { ServerProcess } from '@crest/cli/servers/server-process';
import { ensureKafka } from '@crest/cli/setup/kafka';
import { ensureFastMongo } from '@crest/cli/setup/mongo';
import { plainProgress } from '@crest/cli/setup/progress';
import { cacheDirectory } from '@crest/cli/setup/setup-context';
import { loadRules } from './load-rules.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const PARTITIONS = 32;
const ROOMS = 2_000;
const DATABASE_CACHE_MB = 512;
const BROKER_HEAP_MB = 512;
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

export interface Servers {
  readonly kafka: KafkaServer;
  readonly mongo: MongoServer;
  /** Everything of this bench is in it; gone after `close`. */
  readonly dir: string;
  close(): Promise<void>;
}

/** Starts both servers; the database is built first where it is missing. */
export async function openServers(note: (line: string) => void): Promise<Servers> {
  const dir = join(REPOSITORY, '.crest', 'bench', String(process.pid));
  mkdirSync(dir, { recursive: true });
  const context = {
    cacheDir: cacheDirectory(process.env),
    env: process.env,
    progress: plainProgress(note),
    signal: undefined,
  };
  const installs = { kafka: await ensureKafka(context), mongo: await ensureFastMongo(context) };
  const [kafka, mongo] = await Promise.all([
    startKafka({
      install: installs.kafka,
      dataDir: join(dir, 'kafka'),
      registryDir: dir,
      heapMb: BROKER_HEAP_MB,
    }),
    startMongo({
      install: installs.mongo,
      dataDir: join(dir, 'mongodb'),
      registryDir: dir,
      cacheMb: DATABASE_CACHE_MB,
    }),
  ]);
  return {
    kafka,
    mongo,
    dir,
    async close() {
      await Promise.all([kafka.stop(), mongo.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface RigOptions {
  readonly servers: Servers;
  /** Tells this trial's topics, database and logs from others'. */
  readonly name: string;
  /** Messages a second. */
  readonly rate: number;
  /** Where processor, collector and alerter write CPU profiles when they stop; null for none. */
  readonly profileDir: string | null;
  /** Whether the ledger is written: it costs the load generator, and only that. */
  readonly keepsLedger: boolean;
  /** Default: the thousand rules of the load, which seldom fire. */
  readonly rulesOf?: (rooms: readonly { id: string }[]) => Rule[];
}

/** The system, ready: every room is read, every rule is known, not a line was sent. */
export interface Rig {
  /** Process ids by name: the services, `kafka` and `mongodb`. */
  readonly pids: ReadonlyMap<string, number>;
  readonly httpPorts: Readonly<Record<ServiceName, number>>;
  readonly simulatorUrl: string;
  readonly settings: RunSettings;
  /** Lines begin to flow. */
  begin(): Promise<void>;
  /** Stops the services and drops what they stored. */
  stop(): Promise<void>;
}

const ORDER = ['alerter', 'processor', 'collector'] as const;

export async function openRig(options: RigOptions): Promise<Rig> {
  const { servers, name, rulesOf = loadRules } = options;
  const settings = await settingsOf(options);
  const ports = await portsOf();
  const processes = new Map<ServiceName, ServerProcess>();
  const desk = new KafkaDesk({ ...settings, brokers: settings.brokers });
  const database = await openDatabase({ url: settings.mongodbUrl, database: settings.database });
  const start = async (service: ServiceName): Promise<void> => {
    processes.set(
      service,
      await startService(service, { options, settings, port: ports[service] }),
    );
  };
  const stop = async (): Promise<void> => {
    for (const service of ['simulator', 'collector', 'processor', 'alerter'] as const) {
      await processes.get(service)?.stop();
    }
    await database.db.dropDatabase();
    await database.close();
    await desk.close();
  };
  try {
    await desk.ensureTopics();
    await start('simulator');
    const simulatorUrl = `http://127.0.0.1:${ports.simulator}`;
    const rooms = await askRooms(simulatorUrl);
    const rules = rulesOf(rooms).map((rule) => ({ ...rule }));
    await database.db.collection<{ _id: string }>(RULES_COLLECTION).insertMany(rules);
    for (const service of ORDER) await start(service);
    await desk.want(rooms, Date.now());
    const services = [...processes].map(([service, { pid }]): [string, number] => [service, pid]);
    return {
      pids: new Map([...services, ['kafka', servers.kafka.pid], ['mongodb', servers.mongo.pid]]),
      httpPorts: ports,
      simulatorUrl,
      settings,
      stop,
      async begin() {
        const response = await fetch(`${simulatorUrl}/start`, { method: 'POST' });
        if (!response.ok) throw new Error(`${name}: the pretend Twitch refused to start`);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function settingsOf({ servers, name, keepsLedger }: RigOptions): Promise<RunSettings> {
  const ports = { ircPort: await freePort(), snsPort: await freePort() };
  return {
    mode: 'world',
    runId: name,
    seed: 1,
    speed: 1,
    alerters: 1,
    eventClock: 'wall',
    replayDir: null,
    spanMs: null,
    brokers: servers.kafka.brokers,
    topicPrefix: `${name}.`,
    partitions: PARTITIONS,
    mongodbUrl: servers.mongo.url,
    database: name,
    ircUrl: `ws://127.0.0.1:${ports.ircPort}`,
    snsUrl: `http://127.0.0.1:${ports.snsPort}`,
    ledgerFile: keepsLedger ? join(servers.dir, `${name}.ledger.ndjson`) : '',
    inboxFile: join(servers.dir, `${name}.inbox.ndjson`),
    simulator: ports,
  };
}

async function portsOf(): Promise<Record<ServiceName, number>> {
  return {
    simulator: await freePort(),
    collector: await freePort(),
    processor: await freePort(),
    alerter: await freePort(),
  };
}

/** What the load adds to what `crest up` tells each service. */
function loadVariables(service: ServiceName, rate: number): Record<string, string> {
  if (service === 'simulator') {
    return {
      CREST_WORLD_ROOMS: String(ROOMS),
      CREST_WORLD_MESSAGES_PER_SECOND: String(rate),
      CREST_WORLD_STORIES: 'false',
      CREST_START_RULE: 'manual',
      // Names of readers are drawn; two that are alike must not cost a room.
      CREST_TWITCH_ROOMS_MAX: String(ROOMS),
    };
  }
  // As many rooms on a connection as Twitch lets a client have.
  return service === 'collector' ? { CREST_TWITCH_ROOMS_PER_CONNECTION: '90' } : {};
}

function startService(
  service: ServiceName,
  { options, settings, port }: { options: RigOptions; settings: RunSettings; port: number },
): Promise<ServerProcess> {
  const { servers, name, rate, profileDir } = options;
  const profiled = profileDir !== null && service !== 'simulator';
  const memory = memoryVariables(service, environment());
  return startChildService({
    name: `${name}-${service}`,
    script: join(REPOSITORY, service, 'src', 'main.ts'),
    env: serviceEnvironment({
      ...memory,
      ...serviceVariables(service, settings, port),
      ...loadVariables(service, rate),
      AWS_ACCESS_KEY_ID: 'pretend',
      AWS_SECRET_ACCESS_KEY: 'pretend',
      ...(profiled
        ? {
            NODE_OPTIONS: `${memory['NODE_OPTIONS'] ?? ''} --cpu-prof --cpu-prof-dir=${join(profileDir, service)}`,
          }
        : {}),
    }),
    httpPort: port,
    logDir: servers.dir,
    registryDir: servers.dir,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    signal: new AbortController().signal,
  });
}
