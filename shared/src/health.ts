/**
 * What live and ready mean, and how they and the metrics are served.
 *
 * Live: the event loop answers; nothing outside the process counts, because a restart mends
 * nothing there. Ready: the service can do its work now; otherwise 503 with the reasons.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface HealthServer {
  /** The port that it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

export interface HealthOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  registry: Registry;
  /** Reasons why the service is not ready; none when it is. */
  notReady: () => readonly string[];
}

/** Serves `/metrics`, `/livez` and `/readyz`. @throws when the port is taken. */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    void answer(request, response, options);
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { registry, notReady }: HealthOptions,
): Promise<void> {
  const path = request.url?.split('?')[0];
  if (path === '/livez') return send(response, 200, 'text/plain', 'live\n');
  if (path === '/readyz') {
    const reasons = notReady();
    if (reasons.length === 0) return send(response, 200, 'text/plain', 'ready\n');
    return send(response, 503, 'text/plain', `not ready: ${reasons.join('; ')}\n`);
  }
  if (path === '/metrics') {
    return send(response, 200, registry.contentType, await registry.metrics());
  }
  return send(response, 404, 'text/plain', 'try /metrics, /livez or /readyz\n');
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
