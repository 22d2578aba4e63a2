import { once } from 'node:events';
import { WebSocket } from 'ws';
import { unescapeTagValue } from '../../src/core/tag-escape.ts';
import { until } from './until.ts';

/** A line as this test client understands it; it shares no parser with the product. */
export interface HeardLine {
  readonly raw: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly command: string;
  readonly params: readonly string[];
}

/** A plain IRC client of the tests' own: keeps every line heard. */
export class IrcReader implements Disposable {
  readonly lines: HeardLine[] = [];
  readonly frames: string[] = [];
  /** Answers PINGs, unless a test wants a client that does not. */
  answersPings = true;
  readonly #socket: WebSocket;

  static async connect(url: string): Promise<IrcReader> {
    const socket = new WebSocket(url);
    const reader = new IrcReader(socket);
    await once(socket, 'open');
    return reader;
  }

  /** Logged in without a name, with the usual capabilities. */
  static async anonymous(url: string, digits = '12345'): Promise<IrcReader> {
    const reader = await IrcReader.connect(url);
    reader.say('CAP REQ :twitch.tv/tags twitch.tv/commands', `NICK justinfan${digits}`);
    await reader.hears('376');
    return reader;
  }

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#hear(data.toString('utf8')));
    socket.on('error', () => {});
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  get socket(): WebSocket {
    return this.#socket;
  }

  say(...lines: string[]): void {
    this.#socket.send(lines.map((line) => `${line}\r\n`).join(''));
  }

  /** Joins, and waits for a full ROOMSTATE of each. */
  async join(...logins: string[]): Promise<void> {
    this.say(`JOIN ${logins.map((login) => `#${login}`).join(',')}`);
    await until(`${logins.length} rooms are joined`, () =>
      logins.every((login) => this.all('ROOMSTATE').some((line) => line.params[0] === `#${login}`)),
    );
  }

  all(command: string): HeardLine[] {
    return this.lines.filter((line) => line.command === command);
  }

  async hears(command: string): Promise<HeardLine> {
    await until(`${command} is heard`, () => this.all(command).length > 0);
    const [first] = this.all(command);
    if (first === undefined) throw new Error(`no ${command}`);
    return first;
  }

  async closes(): Promise<void> {
    await until('the connection is closed', () => this.#socket.readyState === WebSocket.CLOSED);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #hear(frame: string): void {
    this.frames.push(frame);
    for (const raw of frame.split('\r\n').filter((line) => line !== '')) {
      const line = understand(raw);
      this.lines.push(line);
      if (line.command === 'PING' && this.answersPings) this.say(`PONG :${line.params[0] ?? ''}`);
    }
  }
}

function understand(raw: string): HeardLine {
  const match = /^(?:@(\S+) )?(?::\S+ )?([A-Za-z0-9]+)(?: (.*))?$/su.exec(raw);
  const [, tagText = '', command = '', rest = ''] = match ?? [];
  const tags = new Map<string, string>();
  for (const pair of tagText.split(';').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=');
    tags.set(name, unescapeTagValue(value.join('=')));
  }
  const [middle = '', ...trailing] = ` ${rest}`.split(' :');
  const params = middle.split(' ').filter(Boolean);
  if (trailing.length > 0) params.push(trailing.join(' :'));
  return { raw, tags, command, params };
}
