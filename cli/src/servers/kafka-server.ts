import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaAnswers } from './kafka-probe.ts';
import {
  kafkaLaunch,
  LOG4J_CONFIG,
  serverProperties,
  type KafkaClusterPlace,
  type KafkaListener,
} from './kafka-settings.ts';
import { recordedPorts } from './recorded-ports.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const HEAP_MB = 256;

/** A broker that is ready to be started; `ensureKafka` makes one. */
export interface KafkaInstall {
  readonly java: string;
  /** In a fixed order, because Java compares it with the one of the archive. */
  readonly classPath: string;
  /** Classes in the form in which Java maps them: halves the time to start. */
  readonly classArchive: string | undefined;
  /** The files of a formatted, empty log directory. */
  readonly formattedLog: string;
}

export interface KafkaOptions {
  readonly install: KafkaInstall;
  /** Data, settings, log and ports. An existing one is started again, on the same ports if they are free. */
  readonly dataDir: string;
  /** Directory of the child registry; default `dataDir`. */
  readonly registryDir?: string;
  readonly ports?: { readonly broker?: number; readonly controller?: number };
  /** Default 256; a bench of full rate does better with 512. */
  readonly heapMb?: number;
  readonly javaArgs?: readonly string[];
  readonly stopTimeoutMs?: number;
  /** What it is called in the registry; default `kafka`. */
  readonly name?: string;
  /** Further addresses, each for a proxy. */
  readonly listeners?: readonly KafkaListener[];
  /** One of several brokers; default one that is alone. The ports must be given then. */
  readonly cluster?: KafkaClusterPlace | null;
}

export interface KafkaServer extends ServerProcess {
  readonly kind: 'kafka';
  /** `127.0.0.1:PORT`, what `CREST_KAFKA_BROKERS` is set to. */
  readonly brokers: string;
}

/**
 * Starts a real broker. One of several answers only when most of them run: start them together.
 * @throws {ServerStartError} when it does not come up.
 */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const { install, dataDir, listeners = [], cluster = null } = options;
  const logDir = join(dataDir, 'data');
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(join(logDir, 'meta.properties'))) {
    cpSync(install.formattedLog, logDir, { recursive: true });
    if (cluster !== null) nameNode(join(logDir, 'meta.properties'), cluster.nodeId);
  }
  const ports = await recordedPorts(dataDir, ['broker', 'controller'], options.ports);
  const properties = join(dataDir, 'server.properties');
  writeFileSync(
    properties,
    serverProperties({
      logDir,
      brokerPort: ports.broker,
      controllerPort: ports.controller,
      listeners,
      cluster,
    }),
  );
  const log4j = join(dataDir, 'log4j2.properties');
  writeFileSync(log4j, LOG4J_CONFIG);
  const { classPath, classArchive } = install;
  const server = await startServerProcess({
    name: options.name ?? 'kafka',
    command: install.java,
    args: [
      ...(options.javaArgs ?? []),
      ...kafkaLaunch({ classPath, classArchive, log4j, heapMb: options.heapMb ?? HEAP_MB }),
      'kafka.Kafka',
      properties,
    ],
    dataDir,
    registryDir: options.registryDir,
    isReady: () => kafkaAnswers(ports.broker),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: options.stopTimeoutMs ?? STOP_TIMEOUT_MS,
  });
  return { ...server, kind: 'kafka', brokers: `127.0.0.1:${ports.broker}` };
}

/** Makes a copy of a formatted log directory that of another node of the same cluster. */
function nameNode(file: string, nodeId: number): void {
  // Kafka's Uuid: 16 bytes as base64 for URLs; one that begins with "-" would read as an option.
  const directoryId = `A${randomBytes(16).toString('base64url').slice(1)}`;
  const text = readFileSync(file, 'utf8')
    .replace(/^node\.id=.*$/m, `node.id=${nodeId}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${directoryId}`);
  writeFileSync(file, text);
}
