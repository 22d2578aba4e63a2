/** A Twitch small enough to be told what to do: IRC over WebSocket on loopback, for one test. */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface FakeConnection {
  readonly number: number;
  readonly rooms: Set<string>;
  /** Commands as received. */
  readonly heard: string[];
  send(frame: string): void;
  /** Breaks the socket without a word. */
  cut(): void;
  close(): void;
  /** From now on nothing is answered and nothing arrives. */
  freeze(): void;
}

export interface Room {
  readonly login: string;
  readonly id: string;
}

type JoinAnswer = 'confirm' | 'silence' | 'suspended';

export class FakeTwitch {
  readonly connections: Live[] = [];
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #answers = new Map<string, JoinAnswer>();
  readonly #server: WebSocketServer;
  /** Logins as they were joined, in order, repeats included. */
  readonly joins: string[] = [];

  private constructor(rooms: readonly Room[], server: WebSocketServer) {
    this.#rooms = new Map(rooms.map((room) => [room.login, room]));
    this.#server = server;
    server.on('connection', (socket) => {
      this.connections.push(new Live(this, this.connections.length + 1, socket));
    });
  }

  static async open(rooms: readonly Room[]): Promise<FakeTwitch> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await new Promise((resolve) => server.once('listening', resolve));
    return new FakeTwitch(rooms, server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How joins of the login are answered from now on. */
  answerJoins(login: string, answer: JoinAnswer): void {
    this.#answers.set(login, answer);
  }

  /** Sends a line to every open connection that is in the room; how many those were. */
  say(login: string, ...lines: string[]): number {
    const readers = this.readersOf(login);
    for (const reader of readers) reader.send(lines.map((line) => `${line}\r\n`).join(''));
    return readers.length;
  }

  readersOf(login: string): Live[] {
    return this.connections.filter(({ isOpen, rooms }) => isOpen && rooms.has(login));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.connections) connection.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  joined(connection: Live, login: string): void {
    this.joins.push(login);
    const room = this.#rooms.get(login);
    const answer = room === undefined ? 'silence' : (this.#answers.get(login) ?? 'confirm');
    if (answer === 'suspended') {
      connection.send(
        `@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #${login} :It is suspended.\r\n`,
      );
    }
    if (answer !== 'confirm' || room === undefined) return;
    connection.rooms.add(login);
    connection.send(
      `:x!x@x.tmi.twitch.tv JOIN #${login}\r\n` +
        `@emote-only=0;followers-only=-1;r9k=0;room-id=${room.id};slow=0;subs-only=0 ` +
        `:tmi.twitch.tv ROOMSTATE #${login}\r\n`,
    );
  }
}

class Live implements FakeConnection {
  readonly number: number;
  readonly rooms = new Set<string>();
  readonly heard: string[] = [];
  readonly #twitch: FakeTwitch;
  readonly #socket: WebSocket;
  #isFrozen = false;

  constructor(twitch: FakeTwitch, number: number, socket: WebSocket) {
    this.#twitch = twitch;
    this.number = number;
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      for (const line of data.toString().split('\r\n').filter(Boolean)) this.#hear(line);
    });
    socket.on('error', () => undefined);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  send(frame: string): void {
    if (!this.#isFrozen && this.isOpen) this.#socket.send(frame);
  }

  cut(): void {
    this.#socket.terminate();
  }

  close(): void {
    this.#socket.close();
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  #hear(line: string): void {
    if (this.#isFrozen) return;
    this.heard.push(line);
    const [command = '', argument = ''] = line.split(' ');
    const logins = argument.split(',').map((name) => name.slice(1));
    if (command === 'NICK') this.send(`:tmi.twitch.tv 001 ${argument} :Welcome, GLHF!\r\n`);
    if (command === 'PING') this.send(`:tmi.twitch.tv PONG tmi.twitch.tv ${argument}\r\n`);
    if (command === 'JOIN') for (const login of logins) this.#twitch.joined(this, login);
    if (command === 'PART') for (const login of logins) this.rooms.delete(login);
  }
}

/** A line of chat as Twitch writes it. */
export function chatLine(room: Room, id: string, facts: { atMs: number; text: string }): string {
  return (
    `@badge-info=;badges=;color=#1E90FF;display-name=Ann;emotes=;first-msg=0;flags=;id=${id};mod=0;` +
    `room-id=${room.id};subscriber=0;tmi-sent-ts=${facts.atMs};turbo=0;user-id=77;user-type= ` +
    `:ann!ann@ann.tmi.twitch.tv PRIVMSG #${room.login} :${facts.text}`
  );
}
