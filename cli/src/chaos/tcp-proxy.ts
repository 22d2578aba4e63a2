/**
 * A TCP proxy of our own between two parts, so that what is between them can fail on command: cut,
 * refused, silent, slow or narrow. It knows nothing of what it carries.
 *
 * Modes, changed by `pass`, `refuse` and `blackHole`:
 * - `pass`: connections go through, as slow and narrow as `shape` says.
 * - `refuse`: nobody listens; every connection is cut and new ones are refused by the system.
 * - `black-hole`: half-open. Connections stay, new ones are accepted, and not a byte goes through.
 *   Passing again, what was sent meanwhile goes on, as after a network that healed.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../servers/free-port.ts';
import { OneWay, type Traffic } from './traffic.ts';

export type ProxyMode = 'pass' | 'refuse' | 'black-hole';

/** How bytes go through while the mode is `pass`. */
export interface TrafficShape {
  /** How long each byte is under way, wall milliseconds each direction. Default 0. */
  readonly delayMs?: number;
  /** Bytes a second of each direction of each connection. Default no limit. */
  readonly bytesPerSecond?: number;
}

export interface TcpProxyOptions {
  readonly target: { readonly host?: string; readonly port: number };
  /** Port to listen on; a free one by default. */
  readonly port?: number;
  /** Bytes that one direction of one connection holds at the most. Default 4 MiB. */
  readonly bufferBytesMax?: number;
}

const HOST = '127.0.0.1';
const BUFFER_BYTES_MAX = 4 * 1024 * 1024;

interface Link {
  readonly client: Socket;
  server: Socket | undefined;
  ways: readonly OneWay[];
}

export class TcpProxy {
  /** Where it listens on 127.0.0.1; the same for its whole life. */
  readonly port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #bufferBytesMax: number;
  readonly #links = new Set<Link>();
  #server: Server | undefined;
  #mode: ProxyMode = 'pass';
  #shape: Required<TrafficShape> = { delayMs: 0, bytesPerSecond: Infinity };
  #accepted = 0;
  #bytes = 0;

  private constructor(port: number, { target, bufferBytesMax }: TcpProxyOptions) {
    this.port = port;
    this.#target = { host: target.host ?? HOST, port: target.port };
    this.#bufferBytesMax = bufferBytesMax ?? BUFFER_BYTES_MAX;
  }

  /** Listens; the target need not be there yet. @throws Error where the port is taken. */
  static async open(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options.port ?? (await freePort()), options);
    await proxy.#listen();
    return proxy;
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  /** Connections that are open at the moment. */
  get connections(): number {
    return this.#links.size;
  }

  /** Connections accepted so far, and bytes that went through, both directions together. */
  get totals(): { readonly accepted: number; readonly bytes: number } {
    return { accepted: this.#accepted, bytes: this.#bytes };
  }

  /** Lets everything through again. */
  async pass(): Promise<void> {
    this.#mode = 'pass';
    await this.#listen();
    for (const link of this.#links) {
      if (link.server === undefined) this.#connect(link);
      else link.ways.forEach((way) => way.pump());
    }
  }

  /** Cuts every connection and refuses new ones. */
  async refuse(): Promise<void> {
    this.#mode = 'refuse';
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
    this.cut();
    await closed;
  }

  /** Half-open from now on: accepts, and lets nothing through. */
  async blackHole(): Promise<void> {
    this.#mode = 'black-hole';
    await this.#listen();
    this.#pump();
  }

  /** Makes everything slow or narrow; without an argument, as before. */
  shape({ delayMs = 0, bytesPerSecond = Infinity }: TrafficShape = {}): void {
    this.#shape = { delayMs, bytesPerSecond };
    this.#pump();
  }

  /** Cuts every connection, both ends by a reset; returns how many there were. */
  cut(): number {
    const links = [...this.#links];
    for (const link of links) this.#cutLink(link);
    return links.length;
  }

  /** Cuts everything and listens no more. */
  async close(): Promise<void> {
    await this.refuse();
  }

  async #listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) =>
      this.#accept(client),
    );
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: HOST, port: this.port, exclusive: true }, resolve);
    });
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    const link: Link = { client, server: undefined, ways: [] };
    this.#links.add(link);
    this.#watch(link, client);
    if (this.#mode === 'pass') this.#connect(link);
  }

  #connect(link: Link): void {
    const server = connect({ ...this.#target, allowHalfOpen: true });
    link.server = server;
    this.#watch(link, server);
    server.setNoDelay(true);
    link.client.setNoDelay(true);
    const traffic = (): Traffic => this.#traffic();
    const onBytes = (count: number): void => {
      this.#bytes += count;
    };
    link.ways = [
      new OneWay({ source: link.client, target: server, traffic, onBytes }),
      new OneWay({ source: server, target: link.client, traffic, onBytes }),
    ];
    link.ways.forEach((way) => way.pump());
  }

  /** An error or an end of one side without the other's is the end of both. */
  #watch(link: Link, socket: Socket): void {
    socket.on('error', () => this.#cutLink(link));
    socket.on('close', () => {
      const other = socket === link.client ? link.server : link.client;
      if (other === undefined || other.closed) this.#forget(link);
      else if (!other.writableEnded) this.#cutLink(link);
    });
  }

  #cutLink(link: Link): void {
    this.#forget(link);
    for (const socket of [link.client, link.server]) {
      if (socket !== undefined && !socket.destroyed) socket.resetAndDestroy();
    }
  }

  #forget(link: Link): void {
    this.#links.delete(link);
    link.ways.forEach((way) => way.stop());
  }

  #pump(): void {
    for (const { ways } of this.#links) ways.forEach((way) => way.pump());
  }

  #traffic(): Traffic {
    const flows = this.#mode === 'pass';
    return { ...this.#shape, flows, bufferBytesMax: this.#bufferBytesMax };
  }
}
