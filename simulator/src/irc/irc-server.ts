/** The pretend Twitch's chat: IRC over WebSocket on loopback (twitch.tv's `irc-ws.chat`). */
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { linesOfFrame, parseClientCommand } from '../core/client-command.ts';
import {
  type Effect,
  type Refusal,
  type SessionSurroundings,
  answer,
} from '../core/irc-session.ts';
import type { Room } from '../core/room.ts';
import { SlidingLimit } from '../core/sliding-limit.ts';
import { Connection, type EndReason } from './connection.ts';
import type { Hall } from './hall.ts';

export interface IrcServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly rooms: readonly Room[];
  readonly hall: Hall;
  readonly wallNowMs: () => number;
  readonly joinsMax: number;
  readonly joinsWindowMs: number;
  readonly joinScope: 'nick' | 'ip';
  readonly loginsMax: number;
  readonly roomsMax: number;
  readonly pingIntervalMs: number;
  /** A client that owes a PONG for so long is cut. */
  readonly pongTimeoutMs: number;
  /** A client with so much left unread is cut, as Twitch does it; `Infinity` for never. */
  readonly backlogBytesMax: number;
  readonly accounts: ReadonlyMap<string, string>;
  readonly refusalOf: (login: string) => Refusal | undefined;
  /** Called before a join is done, so that earlier lines do not come after it. */
  readonly beforeAnswer: () => void;
  readonly onJoin: (connection: Connection, room: Room) => void;
  readonly onPart: (connection: Connection, room: Room, reason: 'part' | EndReason) => void;
}

/** What a client may say in one frame; Twitch takes lines of 512 bytes, tags apart. */
const FRAME_BYTES_MAX = 16 * 1024;

export class IrcServer {
  readonly #options: IrcServerOptions;
  readonly #http: Server;
  readonly #ws = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
  });
  readonly #roomsByLogin: ReadonlyMap<string, Room>;
  readonly #joins: SlidingLimit;
  readonly #logins: SlidingLimit;
  #sweeper: NodeJS.Timeout | undefined;
  #connectionsEver = 0;

  constructor(options: IrcServerOptions) {
    this.#options = options;
    this.#roomsByLogin = new Map(options.rooms.map((room) => [room.login, room]));
    this.#joins = new SlidingLimit({ max: options.joinsMax, windowMs: options.joinsWindowMs });
    this.#logins = new SlidingLimit({ max: options.loginsMax, windowMs: 10_000 });
    this.#http = createServer((_, response) => {
      response.writeHead(426, { connection: 'close' }).end('IRC over WebSocket only\n');
    });
    this.#http.on('upgrade', (request, socket, head) => {
      this.#ws.handleUpgrade(request, socket, head, (ws) => {
        this.#welcome(ws, socket as Socket);
      });
    });
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** @throws Error where the port is taken. */
  async listen(): Promise<void> {
    const listening = Promise.withResolvers<undefined>();
    this.#http.once('error', listening.reject);
    this.#http.listen(this.#options.port, this.#options.host, () => {
      listening.resolve(undefined);
    });
    await listening.promise;
    const sweepMs = Math.max(10, Math.min(1_000, this.#options.pongTimeoutMs / 4));
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    for (const connection of this.#options.hall.connections) connection.endReason = 'stop';
    const gone = [...this.#ws.clients].map((client) => once(client, 'close'));
    for (const client of this.#ws.clients) client.terminate();
    const closed = Promise.withResolvers<undefined>();
    this.#http.close(() => closed.resolve(undefined));
    this.#http.closeAllConnections();
    // Their rooms are left before anyone closes the books.
    await Promise.all([closed.promise, ...gone]);
  }

  /** Cuts a connection whose client reads too slowly. */
  checkBacklog(connection: Connection): void {
    if (connection.backlogBytes > this.#options.backlogBytesMax) connection.end('slow', true);
  }

  /**
   * The socket stays open, but nothing goes through it any more. For the books its rooms are left
   * at once: nobody will read there.
   */
  freeze(connection: Connection): void {
    connection.freeze();
    for (const room of this.#options.hall.leave(connection)) {
      this.#options.onPart(connection, room, 'fault');
    }
  }

  /** Ends a reader's stay in a room without having been asked to. */
  throwOut(connection: Connection, room: Room): void {
    const { nick } = connection.session;
    connection.session.rooms.delete(room);
    connection.reply([`:${nick}!${nick}@${nick}.tmi.twitch.tv PART #${room.login}`]);
    this.#options.hall.part(connection, room);
    this.#options.onPart(connection, room, 'fault');
  }

  #welcome(ws: WebSocket, socket: Socket): void {
    const { hall, wallNowMs, onPart } = this.#options;
    this.#connectionsEver += 1;
    socket.setNoDelay(true);
    const connection = new Connection({
      id: this.#connectionsEver,
      ws,
      socket,
      nowMs: wallNowMs(),
    });
    hall.enter(connection);
    ws.on('message', (data: Buffer) => this.#hear(connection, data.toString('utf8')));
    ws.on('error', () => ws.terminate());
    ws.on('close', () => {
      for (const room of hall.leave(connection)) onPart(connection, room, connection.endReason);
    });
  }

  #hear(connection: Connection, frame: string): void {
    if (connection.isHalfOpen) return;
    for (const line of linesOfFrame(frame)) {
      const command = parseClientCommand(line);
      if (command === undefined) continue;
      if (command.name === 'JOIN' || command.name === 'PING') this.#options.beforeAnswer();
      for (const effect of answer(connection.session, command, this.#surroundings(connection))) {
        this.#do(connection, effect);
      }
    }
  }

  #do(connection: Connection, effect: Effect): void {
    const { hall, onJoin, onPart } = this.#options;
    switch (effect.do) {
      case 'send':
        connection.reply(effect.lines);
        break;
      case 'join':
        hall.join(connection, effect.room);
        onJoin(connection, effect.room);
        break;
      case 'part':
        hall.part(connection, effect.room);
        onPart(connection, effect.room, 'part');
        break;
      case 'pong':
        connection.pongOwedSinceMs = undefined;
        break;
      case 'close':
        connection.end('refused', false);
        break;
    }
  }

  #surroundings(connection: Connection): SessionSurroundings {
    const { hall, accounts, joinScope, roomsMax, refusalOf, wallNowMs } = this.#options;
    return {
      nowMs: wallNowMs(),
      findRoom: (login) => this.#roomsByLogin.get(login),
      refusalOf,
      accounts,
      joins: this.#joins,
      logins: this.#logins,
      joinScope,
      remoteAddress: connection.remoteAddress,
      roomsMax,
      roomsOfLogin: (login) => hall.roomsOfLogin(login),
    };
  }

  /** Says PING where it is time, and cuts those who owe an answer for too long. */
  #sweep(): void {
    const { hall, wallNowMs, pingIntervalMs, pongTimeoutMs } = this.#options;
    const nowMs = wallNowMs();
    for (const connection of hall.connections) {
      const owedSinceMs = connection.pongOwedSinceMs;
      if (owedSinceMs !== undefined && nowMs - owedSinceMs >= pongTimeoutMs) {
        connection.end('socket', true);
      } else if (nowMs - connection.lastPingAtMs >= pingIntervalMs) {
        connection.lastPingAtMs = nowMs;
        connection.pongOwedSinceMs ??= nowMs;
        connection.reply(['PING :tmi.twitch.tv']);
      }
    }
  }
}
