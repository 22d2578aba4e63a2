/**
 * The simulator's own HTTP port: health, what is going on, and commands.
 *
 * `GET /livez`, `/readyz`, `/metrics`, `/status`, `/rooms`; `POST /start`; `POST /faults` with an order or a
 * list of orders (`core/faults.ts`).
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FaultOrder, parseFaultOrder } from '../core/faults.ts';
import type { Room } from '../core/room.ts';
import type { Registry } from 'prom-client';

/** What `GET /status` says. Times are epoch milliseconds; null for what is not yet. */
export interface SimulatorStatus {
  readonly phase: 'waiting' | 'playing' | 'tail' | 'done';
  readonly mode: 'replay' | 'world';
  readonly runId: string;
  readonly seed: number;
  /** `confirmed`: rooms that have a reader now. */
  readonly rooms: { readonly wanted: number; readonly confirmed: number };
  readonly connections: number;
  /** `planned` is null where the number is not known before. */
  readonly lines: { readonly sent: number; readonly planned: number | null };
  /** Wall seconds. */
  readonly linesPerSecond: number;
  /** Event time now. */
  readonly eventTimeMs: number;
  readonly startAtMs: number | null;
  readonly lastLineAtMs: number | null;
  readonly ircUrl: string;
  readonly snsUrl: string | null;
  readonly inboxUrl: string | null;
}

export interface ControlOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly rooms: readonly Room[];
  readonly registry: Registry;
  readonly status: () => SimulatorStatus;
  readonly start: () => void;
  /** Does a fault; to how many connections. */
  readonly fault: (order: FaultOrder) => number;
}

export interface ControlServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const BODY_BYTES_MAX = 64 * 1024;

/** @throws Error where the port is taken. */
export async function serveControl(options: ControlOptions): Promise<ControlServer> {
  const server = createServer((request, response) => {
    answer(request, options).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, 400, { error: String(error) }),
    );
  });
  const listening = Promise.withResolvers<undefined>();
  server.once('error', listening.reject);
  server.listen(options.port, options.host, () => listening.resolve(undefined));
  await listening.promise;
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Route = (options: ControlOptions, request: IncomingMessage) => Answer | Promise<Answer>;

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /livez', () => ({ status: 200, body: 'live\n' })],
  ['GET /readyz', () => ({ status: 200, body: 'ready\n' })],
  ['GET /metrics', async ({ registry }) => ({ status: 200, body: await registry.metrics() })],
  ['GET /status', ({ status }) => ({ status: 200, body: status() })],
  ['GET /rooms', ({ rooms }) => ({ status: 200, body: rooms })],
  ['POST /faults', async (options, request) => faults(await bodyOf(request), options)],
  [
    'POST /start',
    ({ start, status }) => {
      start();
      return { status: 200, body: status() };
    },
  ],
]);

async function answer(request: IncomingMessage, options: ControlOptions): Promise<Answer> {
  const path = request.url?.split('?')[0] ?? '/';
  const route = ROUTES.get(`${request.method ?? 'GET'} ${path}`);
  if (route !== undefined) return route(options, request);
  return { status: 404, body: `try ${[...ROUTES.keys()].join(', ')}\n` };
}

/** All orders are read before any is done. */
function faults(json: unknown, { fault }: ControlOptions): Answer {
  const orders = (Array.isArray(json) ? json : [json]).map(parseFaultOrder);
  const wrong = orders.find((order) => !order.ok);
  if (wrong !== undefined) return { status: 400, body: { error: wrong.reason } };
  const done = orders.flatMap((order) => (order.ok ? [fault(order.value)] : []));
  return { status: 200, body: { connections: done } };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > BODY_BYTES_MAX) throw new RangeError('the body is too long');
  }
  return JSON.parse(body);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json',
  });
  response.end(isText ? body : `${JSON.stringify(body)}\n`);
}
