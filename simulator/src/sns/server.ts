import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';

import { Inbox } from '../inbox/inbox.ts';
import type { InboxDesk } from '../inbox/inbox-routes.ts';
import { serveInbox } from '../inbox/inbox-routes.ts';
import { Account } from './account.ts';
import type { ActionContext, SnsLimits } from './action.ts';
import type { ApiEndpoint } from './api-endpoint.ts';
import { serveApi } from './api-endpoint.ts';
import { Faults } from './faults.ts';
import { parseForm } from './form.ts';

/** How a pretend SNS is to behave; every member has a default. */
export type SnsServerOptions = {
  /** Address to listen on; default 127.0.0.1. */
  readonly host: string;
  /** Port to listen on; default 0 = any free one. */
  readonly port: number;
  /** Region in the ARNs; default eu-central-1. */
  readonly region: string;
  /** Account in the ARNs; default 000000000000. */
  readonly accountId: string;
  /** Path of the NDJSON file of all deliveries; default undefined = none. */
  readonly inboxFile: string | undefined;
  /** Newest deliveries kept in memory; default 5,000. */
  readonly inboxMemoryMax: number;
  /** Whether the pretend person confirms email subscriptions at once; default false. */
  readonly autoConfirm: boolean;
  /**
   * The account's quotas; defaults are those of SNS. An accelerated replay needs
   * `emailsPerSecondMax: undefined`, because the limit is in wall time.
   */
  readonly limits: Partial<SnsLimits>;
  /** Decides which requests a fault with a rate hits; default 1. */
  readonly seed: number;
  /** Wall epoch ms; default the system's clock. */
  readonly nowMs: () => number;
};

/** A pretend SNS that is running. */
export type SnsServer = AsyncDisposable & {
  /** Endpoint for the SDK; also where the inbox's page is. */
  readonly url: string;
  readonly port: number;
  /** The inbox's page, for people. `inbox` below it answers JSON. */
  readonly inboxUrl: string;
  readonly inbox: Inbox;
  readonly faults: Faults;
  /** The owner of this telephone answers STOP. */
  readonly optOut: (phone: string) => void;
  /** Ends every connection, also those that hang, and closes the file. Idempotent. */
  readonly stop: () => Promise<void>;
};

/** Quotas by the SNS developer guide and "Amazon SNS endpoints and quotas". */
const defaultLimits: SnsLimits = {
  topicsMax: 100_000,
  filterPoliciesPerTopicMax: 200,
  filterPoliciesMax: 10_000,
  emailsPerSecondMax: 10,
};

const defaultOptions: SnsServerOptions = {
  host: '127.0.0.1',
  port: 0,
  region: 'eu-central-1',
  accountId: '000000000000',
  inboxFile: undefined,
  inboxMemoryMax: 5_000,
  autoConfirm: false,
  limits: {},
  seed: 1,
  nowMs: Date.now,
};

/** Bytes of a request body above which the connection is closed. */
const bodyBytesMax = 4 * 1024 * 1024;

/**
 * Starts a pretend SNS: the Query API on `/`, and the inbox of all it delivered beside it.
 *
 * @throws Error when the port is taken or the inbox file cannot be opened
 */
export async function createSnsServer(given: Partial<SnsServerOptions> = {}): Promise<SnsServer> {
  const options: SnsServerOptions = { ...defaultOptions, ...given };
  const inbox = await Inbox.open({ memoryMax: options.inboxMemoryMax, file: options.inboxFile });
  const account = new Account(options);
  const faults = new Faults(options.seed);
  const stopping = new AbortController();
  const context: ActionContext = {
    account,
    limits: { ...defaultLimits, ...options.limits },
    nowMs: options.nowMs,
    deliver: (entry) => {
      inbox.record(entry);
    },
    autoConfirm: options.autoConfirm,
  };
  const endpoint: ApiEndpoint = { context, faults, stopping: stopping.signal };
  const desk: InboxDesk = { context, inbox, faults };
  const server = createServer((request, response) => {
    handle({ endpoint, desk }, request, response).catch((error: unknown) => {
      response.destroy();
      if (!stopping.signal.aborted) throw error;
    });
  });
  // Longer than clients keep idle connections: closing first would look like a lost answer.
  server.keepAliveTimeout = 75_000;
  const port = await listen(server, options).catch((error: unknown) => {
    inbox.close();
    throw error;
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await close(server);
    inbox.close();
  };
  const url = `http://${options.host}:${String(port)}/`;
  return {
    url,
    port,
    inboxUrl: url,
    inbox,
    faults,
    optOut: (phone) => account.optedOut.set(phone, options.nowMs()),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function handle(
  parts: { endpoint: ApiEndpoint; desk: InboxDesk },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestAtMs = parts.endpoint.context.nowMs();
  const url = new URL(request.url ?? '/', 'http://sns');
  const body = await readBody(request);
  if (body === undefined) {
    response.destroy();
    return;
  }
  const isApi =
    url.pathname === '/' && (request.method === 'POST' || url.searchParams.has('Action'));
  if (!isApi) {
    serveInbox(parts.desk, { method: request.method ?? 'GET', url, body }, response);
    return;
  }
  const form = parseForm(request.method === 'POST' ? body : url.search);
  const authenticated = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') ?? false;
  await serveApi(parts.endpoint, { request, response }, { form, requestAtMs, authenticated });
}

/** The whole body, or undefined where it is too large or its sender went away. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function listen(server: Server, { host, port }: SnsServerOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(port, host, () => {
    resolve(undefined);
  });
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP address');
  return address.port;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => {
    resolve(undefined);
  });
  server.closeAllConnections();
  await promise;
}
