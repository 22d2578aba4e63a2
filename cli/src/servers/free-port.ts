import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections, so that none of those is in the way after a restart. */
const PORT_MIN = 20_000;
const PORT_MAX = 31_999;
const TRIES_MAX = 200;

/** A port on 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const port = randomInt(PORT_MIN, PORT_MAX + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found on 127.0.0.1 between ${PORT_MIN} and ${PORT_MAX}.`);
}

/** Whether nobody listens on this port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
