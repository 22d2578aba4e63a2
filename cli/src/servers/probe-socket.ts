import { connect } from 'node:net';

const REPLY_BYTES_MAX = 1024 * 1024;

/**
 * Sends one request on a new connection to 127.0.0.1 and returns the first whole reply.
 *
 * For readiness checks: any failure (refused, closed, late) is undefined, not an exception.
 * @param wholeBytes the length that a reply says it has, or undefined when too little of it came.
 */
export function askOnce(
  port: number,
  request: Uint8Array,
  wholeBytes: (received: Buffer) => number | undefined,
  timeoutMs = 1_000,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = Buffer.alloc(0);
    const end = (reply: Buffer | undefined) => {
      socket.destroy();
      resolve(reply);
    };
    socket.setTimeout(timeoutMs, () => end(undefined));
    socket.once('connect', () => socket.write(request));
    socket.once('error', () => end(undefined));
    socket.once('close', () => end(undefined));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const whole = wholeBytes(received);
      if (whole !== undefined && received.length >= whole) end(received.subarray(0, whole));
      else if (received.length > REPLY_BYTES_MAX) end(undefined);
    });
  });
}
