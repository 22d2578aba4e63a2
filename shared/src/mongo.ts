/** The database as every service opens it: one client, every write journaled. */
import { MongoClient, type Db } from 'mongodb';
import { CrestError } from './errors.ts';

/**
 * The write concern of every write whose success lets an offset or an outbox state move: without
 * the journal an acknowledged write dies with the server (docs/adr, delivery guarantees).
 */
export const JOURNALED = { w: 'majority', j: true } as const;

export interface Database {
  readonly db: Db;
  /** Whether the server answered when it was last asked, every two seconds: what readiness asks. */
  isAnswering(): boolean;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  database: string;
  /** How long to look for a server before giving up, milliseconds. */
  connectTimeoutMs?: number;
}

const HEARTBEAT_MS = 2_000;

/** Connects and makes sure that the server answers. @throws CrestError MONGODB_UNAVAILABLE. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const timeoutMs = options.connectTimeoutMs ?? 10_000;
  const client = new MongoClient(options.url, {
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    // A server that freezes with its sockets open is noticed within these two seconds and the time-out
    // above; what was under way is then given up, to be tried again. Without it, it would wait for ever.
    serverMonitoringMode: 'poll',
    heartbeatFrequencyMS: HEARTBEAT_MS,
    writeConcern: JOURNALED,
    retryWrites: false,
    maxPoolSize: 16,
    ignoreUndefined: true,
  });
  let isAnswering = true;
  client.on('serverHeartbeatSucceeded', () => (isAnswering = true));
  client.on('serverHeartbeatFailed', () => (isAnswering = false));
  try {
    await client.connect();
    await client.db(options.database).command({ ping: 1 });
  } catch (cause) {
    await client.close();
    throw new CrestError('MONGODB_UNAVAILABLE', 'no database server answered', { cause });
  }
  return {
    db: client.db(options.database),
    isAnswering: () => isAnswering,
    close: () => client.close(),
  };
}

/** MongoDB's code for a key that is there already. */
const DUPLICATE_KEY = 11000;

/** True for "this key is there already", which an idempotent write takes for success. */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === DUPLICATE_KEY;
}
