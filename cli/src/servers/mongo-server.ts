import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mongoAnswers } from './mongo-probe.ts';
import { recordedPorts } from './recorded-ports.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const CACHE_MB = 512;

/** `mongod` is the real one; the others speak its protocol and store with the same engine. */
export type MongoKind = 'mongod' | 'secantusd-rs' | 'secantusd-py';

/** A database server that is ready to be started; `ensureMongo` makes one. */
export interface MongoInstall {
  readonly kind: MongoKind;
  readonly command: string;
  /** Arguments that come before those of the server itself. */
  readonly args: readonly string[];
}

export interface MongoOptions {
  readonly install: MongoInstall;
  /** Data, log and port. An existing one is started again, on the same port if it is free. */
  readonly dataDir: string;
  /** Directory of the child registry; default `dataDir`. */
  readonly registryDir?: string;
  readonly port?: number;
  /** Memory for the pages of the store, default 512. */
  readonly cacheMb?: number;
}

export interface MongoServer extends ServerProcess {
  readonly kind: MongoKind;
  /** What `CREST_MONGODB_URL` is set to. */
  readonly url: string;
}

/**
 * Starts a database that speaks MongoDB's protocol.
 * @throws {ServerStartError} when it does not come up.
 */
export async function startMongo(options: MongoOptions): Promise<MongoServer> {
  const { install, dataDir } = options;
  const storage = join(dataDir, 'data');
  mkdirSync(storage, { recursive: true });
  const fixed = options.port === undefined ? {} : { server: options.port };
  const { server: port } = await recordedPorts(dataDir, ['server'], fixed);
  const server = await startServerProcess({
    name: install.kind,
    command: install.command,
    args: [...install.args, ...serverArgs(options, storage, port)],
    env: install.kind === 'secantusd-rs' ? WITHOUT_OPLOG : {},
    dataDir,
    registryDir: options.registryDir,
    isReady: () => mongoAnswers(port),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  return {
    ...server,
    kind: install.kind,
    url: `mongodb://127.0.0.1:${port}/?directConnection=true`,
  };
}

/**
 * The server in Python looks for what has expired by reading every document once a minute: with some
 * hundred thousand that is most of its time. What we store expires after a day, so an hour will do.
 */
const SELDOM_SWEEP = '[storage]\nttl_sweep_seconds = 3600.0\n';

/**
 * The server in Rust writes everything a second time, for followers and change streams, and Crest
 * has neither: without, an inserted line costs it 19 µs instead of 32. What is acknowledged is in the
 * journal of the data itself, so a kill -9 loses none of it either way.
 */
const WITHOUT_OPLOG = { SECANTUS_DISABLE_OPLOG: '1' } as const;

function serverArgs(options: MongoOptions, storage: string, port: number): readonly string[] {
  const cacheMb = options.cacheMb ?? CACHE_MB;
  switch (options.install.kind) {
    case 'mongod':
      return [
        ...['--dbpath', storage, '--bind_ip', '127.0.0.1', '--port', String(port)],
        ...['--nounixsocket', '--wiredTigerCacheSizeGB', String(cacheMb / 1024)],
      ];
    case 'secantusd-rs':
    case 'secantusd-py': {
      // A settings file of our own, so that one in the home directory has no say.
      const config = join(options.dataDir, 'secantusd.toml');
      writeFileSync(config, options.install.kind === 'secantusd-py' ? SELDOM_SWEEP : '');
      return [
        // Without it the one in Rust acknowledges journaled writes that a kill -9 then takes away.
        '--sync-on-commit',
        ...['--config', config, '--host', '127.0.0.1', '--port', String(port)],
        ...['--storage-path', storage, '--cache-size', `${cacheMb}M`, '--log-level', 'WARNING'],
      ];
    }
  }
}
