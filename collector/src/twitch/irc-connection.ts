/**
 * One WebSocket to Twitch's chat: logs in anonymously, gives out lines, says PING in time.
 * What the lines mean is for the pool to say; a connection is never used again after its end.
 */
import { WebSocket } from 'ws';
import { Liveness, type LivenessSettings } from '../core/liveness.ts';
import type { Frame, FrameReader } from './frame-order.ts';
import { LineSplitter } from './line-splitter.ts';

/** Why a connection ended. A closed list: it becomes a metric label. */
export const CONNECTION_ENDS = ['closed', 'timeout', 'dead', 'auth', 'asked'] as const;
export type ConnectionEnd = (typeof CONNECTION_ENDS)[number];

export interface IrcConnectionSettings {
  readonly url: string;
  /** From the first byte to the end of the login, milliseconds. */
  readonly connectTimeoutMs: number;
  readonly liveness: LivenessSettings;
  readonly frameBytesMax: number;
  readonly lineCharactersMax: number;
}

/** A line within a frame: `bytes[end]` is its line feed. */
export interface ByteRange {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface IrcConnectionHandler {
  /** A frame came: to be handed to `read`, at once or later, but in order. */
  onFrame(connection: IrcConnection, frame: Frame): void;
  /**
   * Offers a line, from `start` to its line feed at `end`, before it is made a string; false where
   * it is to come as one.
   */
  onBytes(connection: IrcConnection, line: ByteRange): boolean;
  onLine(connection: IrcConnection, line: string): void;
  onTooLong(connection: IrcConnection, beginning: string): void;
  /** Called once, last of all. */
  onEnd(connection: IrcConnection, end: ConnectionEnd): void;
}

export interface IrcConnectionOptions {
  readonly id: number;
  readonly nick: string;
  readonly settings: IrcConnectionSettings;
  readonly handler: IrcConnectionHandler;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
}

/** Twitch takes lines of 512 bytes; a login has 25 characters at most. */
const LOGINS_PER_LINE = 15;
const LINE_FEED = 0x0a;

export class IrcConnection implements FrameReader {
  readonly id: number;
  readonly nick: string;
  /**
   * Event time up to which every line of this connection is known to have arrived: the newest stamp
   * seen (less one, as the next line may carry the same), or the moment of a PING that was answered.
   */
  vouchedMs = 0;
  readonly #settings: IrcConnectionSettings;
  readonly #handler: IrcConnectionHandler;
  readonly #nowMs: () => number;
  readonly #socket: WebSocket;
  readonly #splitter: LineSplitter;
  readonly #liveness: Liveness;
  readonly #openedAtMs: number;
  #isLoggedIn = false;
  #end: ConnectionEnd = 'closed';
  #pings = 0;
  #pingVouchesMs = 0;
  #answer: PromiseWithResolvers<undefined> | undefined;

  constructor({ id, nick, settings, handler, nowMs }: IrcConnectionOptions) {
    this.id = id;
    this.nick = nick;
    this.#settings = settings;
    this.#handler = handler;
    this.#nowMs = nowMs;
    this.#openedAtMs = nowMs();
    this.#splitter = new LineSplitter(settings.lineCharactersMax);
    this.#liveness = new Liveness(settings.liveness, nowMs());
    this.#socket = new WebSocket(settings.url, {
      perMessageDeflate: false,
      maxPayload: settings.frameBytesMax,
    });
    this.#socket.on('open', () => this.#logIn());
    this.#socket.on('message', (bytes: Buffer, isBinary) => {
      this.#liveness.traffic(this.#nowMs());
      this.#handler.onFrame(this, { bytes, isBinary });
    });
    // What went wrong is followed by `close`, which is where an end is dealt with.
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#handler.onEnd(this, this.#end);
      this.#settle();
    });
  }

  /** The login was answered: from now on silence is measured. */
  loggedIn(): void {
    this.#isLoggedIn = true;
  }

  join(logins: readonly string[]): void {
    this.#sayAbout('JOIN', logins);
  }

  part(logins: readonly string[]): void {
    this.#sayAbout('PART', logins);
  }

  answerPing(text: string): void {
    this.#say(`PONG :${text}`);
  }

  /** The server answered: what was sent before that PING has arrived. */
  ponged(text: string): void {
    if (text !== this.#pingText()) return;
    this.vouchedMs = Math.max(this.vouchedMs, this.#pingVouchesMs);
    this.#settle();
  }

  /** The login was answered and the connection has not ended: there may be something to read. */
  get isReading(): boolean {
    return this.#isLoggedIn && this.#socket.readyState === WebSocket.OPEN;
  }

  /**
   * Says PING and resolves when it is answered, or the connection ends. While an answer is still
   * owed, it is waited for and nothing more is said.
   */
  async answered(eventNowMs: number): Promise<void> {
    if (!this.isReading) return;
    if (this.#answer === undefined) {
      this.#answer = Promise.withResolvers<undefined>();
      this.#liveness.pinged(this.#nowMs());
      this.#ping(eventNowMs);
    }
    await this.#answer.promise;
  }

  /** Looks after the deadlines; call it a few times a second. `eventNowMs` is event time. */
  check(eventNowMs: number): void {
    const nowMs = this.#nowMs();
    if (!this.#isLoggedIn) {
      const isLate = nowMs - this.#openedAtMs >= this.#settings.connectTimeoutMs;
      if (isLate) this.end('timeout');
      return;
    }
    const verdict = this.#liveness.check(nowMs, this.#socket.isPaused);
    if (verdict === 'dead') this.end('dead');
    if (verdict === 'ping') this.#ping(eventNowMs);
  }

  /** Reads a frame, line by line. */
  read({ bytes: frame, isBinary }: Frame): void {
    // Only text frames are known to be UTF-8.
    let start = isBinary ? frame.length : 0;
    if (isBinary) this.#split(frame.toString('utf8'));
    while (start < frame.length) {
      const feedAt = frame.indexOf(LINE_FEED, start);
      const end = feedAt === -1 ? frame.length : feedAt + 1;
      if (!this.#isTaken(frame, start, feedAt)) this.#split(frame.toString('utf8', start, end));
      start = end;
    }
  }

  /** Stops reading: Twitch's lines wait in the socket's buffers. */
  pause(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes without waiting for the other side, which may be gone. `onEnd` follows. */
  end(end: ConnectionEnd): void {
    this.#end = end;
    this.#socket.terminate();
  }

  #logIn(): void {
    this.#say('CAP REQ :twitch.tv/tags twitch.tv/commands');
    this.#say(`NICK ${this.nick}`);
  }

  /** Whether the line from `start` to `feedAt` is done with as it is, in bytes. */
  #isTaken(bytes: Buffer, start: number, feedAt: number): boolean {
    if (feedAt === -1 || this.#splitter.isWithinLine) return false;
    if (feedAt - start > this.#settings.lineCharactersMax) return false;
    return this.#handler.onBytes(this, { bytes, start, end: feedAt });
  }

  #split(text: string): void {
    this.#splitter.push(
      text,
      (line) => this.#handler.onLine(this, line),
      (beginning) => this.#handler.onTooLong(this, beginning),
    );
  }

  #ping(eventNowMs: number): void {
    this.#pings += 1;
    this.#pingVouchesMs = eventNowMs;
    this.#say(`PING :${this.#pingText()}`);
  }

  #settle(): void {
    this.#answer?.resolve(undefined);
    this.#answer = undefined;
  }

  #pingText(): string {
    return `crest-${this.id}-${this.#pings}`;
  }

  #sayAbout(command: 'JOIN' | 'PART', logins: readonly string[]): void {
    for (let at = 0; at < logins.length; at += LOGINS_PER_LINE) {
      const some = logins.slice(at, at + LOGINS_PER_LINE).map((login) => `#${login}`);
      this.#say(`${command} ${some.join(',')}`);
    }
  }

  #say(line: string): void {
    // A socket that is going down takes nothing; its end is told by `close`.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(`${line}\r\n`);
  }
}
