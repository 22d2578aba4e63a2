import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pollUntil } from '../servers/poll.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** A server that answers with what it hears. */
async function echoServer(): Promise<{ server: Server; port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, sockets };
}

interface Client {
  readonly socket: Socket;
  heard(): string;
  closed(): boolean;
}

async function clientOf(port: number): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, heard: () => text, closed: () => socket.closed };
}

async function until(condition: () => boolean): Promise<void> {
  assert.ok(await pollUntil(condition, { withinMs: 5_000, everyMs: 2 }), 'waited in vain');
}

describe('TcpProxy', () => {
  let echo: Awaited<ReturnType<typeof echoServer>>;
  let proxy: TcpProxy;
  const clients: Socket[] = [];

  const client = async (): Promise<Client> => {
    const made = await clientOf(proxy.port);
    clients.push(made.socket);
    return made;
  };

  beforeEach(async () => {
    echo = await echoServer();
    proxy = await TcpProxy.open({ target: { port: echo.port } });
  });

  afterEach(async () => {
    clients.splice(0).forEach((socket) => socket.destroy());
    await proxy.close();
    echo.sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => echo.server.close(resolve));
  });

  it('passes bytes both ways, unchanged, and the end of a side on its own', async () => {
    const one = await client();
    const text = 'x'.repeat(3_000_000) + 'end';
    one.socket.end(text, 'latin1');
    await until(() => one.closed());
    assert.equal(one.heard().length, text.length);
    assert.ok(one.heard().endsWith('end'));
    assert.equal(proxy.totals.bytes, 2 * text.length);
    await until(() => proxy.connections === 0);
  });

  it('cuts every connection on command and takes new ones at once', async () => {
    const [one, two] = [await client(), await client()];
    one.socket.write('a');
    two.socket.write('b');
    await until(() => one.heard() === 'a' && two.heard() === 'b');
    assert.equal(proxy.cut(), 2);
    await until(() => one.closed() && two.closed());
    await until(() => [...echo.sockets].every((socket) => socket.destroyed));
    const three = await client();
    three.socket.write('c');
    await until(() => three.heard() === 'c');
  });

  it('refuses connections until it passes again, on the same port', async () => {
    const one = await client();
    await proxy.refuse();
    await until(() => one.closed());
    await assert.rejects(clientOf(proxy.port), { code: 'ECONNREFUSED' });
    await proxy.pass();
    const two = await client();
    two.socket.write('again');
    await until(() => two.heard() === 'again');
  });

  it('lets nothing through while it is a black hole, and all of it afterwards', async () => {
    const one = await client();
    one.socket.write('a');
    await until(() => one.heard() === 'a');
    await proxy.blackHole();
    one.socket.write('b');
    const two = await client();
    two.socket.write('c');
    const before = proxy.totals.bytes;
    await until(() => proxy.connections === 2);
    assert.equal(proxy.totals.bytes, before);
    assert.ok(!one.closed() && !two.closed());
    await proxy.pass();
    await until(() => one.heard() === 'ab' && two.heard() === 'c');
  });

  it('delays each direction', async () => {
    proxy.shape({ delayMs: 60 });
    const one = await client();
    const sentAtMs = performance.now();
    one.socket.write('slow');
    await until(() => one.heard() === 'slow');
    assert.ok(performance.now() - sentAtMs >= 120);
  });

  it('is as narrow as it is told', async () => {
    proxy.shape({ bytesPerSecond: 400_000 });
    const one = await client();
    const sentAtMs = performance.now();
    one.socket.write('x'.repeat(100_000));
    await until(() => one.heard().length === 100_000);
    assert.ok(performance.now() - sentAtMs >= 150);
  });

  it('holds no more than its bound: the sender waits', async () => {
    await proxy.close();
    proxy = await TcpProxy.open({ target: { port: echo.port }, bufferBytesMax: 64 * 1024 });
    const one = await client();
    one.socket.write('a');
    await until(() => one.heard() === 'a');
    await proxy.blackHole();
    // Far more than the kernel's own buffers hold.
    one.socket.write('x'.repeat(64 * 1024 * 1024));
    let left = Infinity;
    await until(() => {
      const still = one.socket.writableLength === left;
      left = one.socket.writableLength;
      return still;
    });
    assert.ok(left > 0);
    await proxy.pass();
    await until(() => one.heard().length === 64 * 1024 * 1024 + 1);
  });

  it('cuts the client off where there is no target', async () => {
    await new Promise((resolve) => echo.server.close(resolve));
    echo.server = createServer();
    const one = await client();
    await until(() => one.closed());
    assert.equal(proxy.connections, 0);
  });

  it('passes a reset on', async () => {
    const one = await client();
    one.socket.write('a');
    await until(() => one.heard() === 'a');
    one.socket.resetAndDestroy();
    await until(() => [...echo.sockets].every((socket) => socket.destroyed));
    assert.equal(proxy.connections, 0);
  });
});
