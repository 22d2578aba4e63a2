/**
 * Many rooms over a few connections: does what the plan decides and tells the plan what happened.
 * Lines of chat, confirmed and lost rooms go to the listener; the rest of IRC ends here.
 */
import { anonymousNick } from '../core/anonymous-nick.ts';
import { joinRefusalOf, type JoinRefusal } from '../core/join-refusal.ts';
import type { PlanCounts, PlanDecision, RoomPlan } from '../core/room-plan.ts';
import type { ChatLine, ControlLine, RoomStateLine, TwitchLine } from '../core/twitch-line.ts';
import { translate } from './chat-line.wire.ts';
import { type Frame, FrameOrder, type FrameOrderSettings } from './frame-order.ts';
import {
  type ByteRange,
  IrcConnection,
  type ConnectionEnd,
  type IrcConnectionHandler,
  type IrcConnectionSettings,
} from './irc-connection.ts';
import { IrcLine } from './irc-line.ts';
import { PlainChat } from './plain-chat.wire.ts';

export type RoomLoss = 'connection_lost' | 'parted' | 'refused' | 'unwanted' | 'stopping';

export interface IrcPoolListener {
  /** A line that becomes a record. Kept strings may be views into a whole frame: copy what stays. */
  onChat(line: ChatLine): void;
  /** A line that becomes a record, still in bytes; false where it is to come by `onChat`. */
  onPlainChat(line: PlainChat): boolean;
  onUnreadable(line: string, reason: string): void;
  onCommand(command: string): void;
  /** A room that nobody of us read is read from now on. */
  onRoomRead(login: string, channelId: string): void;
  /** Nobody of us reads the room any more; `vouchedMs` is event time. */
  onRoomLost(login: string, reason: RoomLoss, vouchedMs: number): void;
  onJoinTimeout(login: string): void;
  onJoinRefused(login: string, refusal: JoinRefusal): void;
  onConnectionReady(connection: number): void;
  onConnectionEnd(connection: number, end: ConnectionEnd): void;
}

export interface IrcPoolOptions {
  readonly plan: RoomPlan;
  readonly settings: IrcConnectionSettings;
  readonly order: FrameOrderSettings;
  readonly listener: IrcPoolListener;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** Event clock, epoch milliseconds. */
  readonly eventNowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** The plan is asked at least so often, and at once whenever something happened. */
const STEP_INTERVAL_MS = 100;
const LAST_ANSWER_TIMEOUT_MS = 1_000;
/** Without a step or a frame for so long we were asleep: much lies in the sockets. */
const SLEPT_MS = 2_000;

export class IrcPool implements IrcConnectionHandler {
  readonly #options: IrcPoolOptions;
  readonly #connections = new Map<number, IrcConnection>();
  readonly #view = new IrcLine();
  readonly #plain = new PlainChat();
  readonly #nickSeed: number;
  readonly #order: FrameOrder<IrcConnection>;
  /** Connections to be closed when they are read up to that event time. */
  #closing = new Map<number, number>();
  /** Wall time of the last step or frame. */
  #awakeMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isStepDue = false;
  #isPaused = false;
  #ended = Promise.withResolvers<undefined>();
  #isStopping = false;

  constructor(options: IrcPoolOptions) {
    this.#options = options;
    this.#nickSeed = options.random();
    this.#awakeMs = options.nowMs();
    const { order, eventNowMs } = options;
    this.#order = new FrameOrder({
      ...order,
      eventNowMs,
      readers: () => this.#connections.values(),
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.#step(), STEP_INTERVAL_MS);
  }

  /** Sets the rooms to be read. */
  want(logins: ReadonlySet<string>): void {
    if (this.#isStopping) return;
    for (const login of this.#options.plan.want(logins)) this.#lose(login, 'unwanted', null);
    this.#soon();
  }

  /**
   * Ends every connection; every room that was read is reported as lost. A last PING is answered
   * behind all lines that are under way, so that nothing read is lost and no gap begins too early.
   */
  async stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      clearInterval(this.#timer);
      this.resume();
      // The first answer may be to a PING of before; the second is behind everything.
      await this.readUpTo(Infinity, LAST_ANSWER_TIMEOUT_MS);
      await this.readUpTo(Infinity, LAST_ANSWER_TIMEOUT_MS);
      for (const connection of this.#connections.values()) connection.end('asked');
      if (this.#connections.size === 0) this.#ended.resolve(undefined);
    }
    await this.#ended.promise;
  }

  /**
   * Resolves when every line stamped up to `eventMs` that was under way has been read: connections
   * whose newest stamp does not show it are asked by PING. After `patienceMs` (wall) it waits no
   * longer. Returns the event time, at most `eventMs`, up to which all of them have been read.
   */
  async readUpTo(eventMs: number, patienceMs: number): Promise<number> {
    const { eventNowMs } = this.#options;
    const unsure = this.#order.reading().filter(({ vouchedMs }) => vouchedMs < eventMs);
    if (unsure.length > 0) {
      const patience = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => patience.resolve(undefined), patienceMs);
      const answers = unsure.map((connection) => connection.answered(eventNowMs()));
      await Promise.race([Promise.all(answers), patience.promise]);
      clearTimeout(timer);
    }
    return Math.min(eventMs, ...this.#order.reading().map(({ vouchedMs }) => vouchedMs));
  }

  /** Stops reading from every socket until `resume`: back-pressure. */
  pause(): void {
    this.#isPaused = true;
    this.#order.pause();
    for (const connection of this.#connections.values()) connection.pause();
  }

  resume(): void {
    if (this.#isPaused) this.#order.catchUp();
    this.#isPaused = false;
    for (const connection of this.#connections.values()) connection.resume();
    this.#order.resume();
  }

  /** Bytes that were read from sockets and wait for other connections. */
  get waitingBytes(): number {
    return this.#order.waitingBytes;
  }

  counts(): PlanCounts {
    return this.#options.plan.counts(this.#options.nowMs());
  }

  allTried(): boolean {
    return this.#options.plan.allTried();
  }

  onFrame(connection: IrcConnection, frame: Frame): void {
    this.#noteAwake();
    this.#order.take(connection, frame);
  }

  onBytes(connection: IrcConnection, { bytes, start, end }: ByteRange): boolean {
    const { listener } = this.#options;
    if (!this.#plain.read(bytes, start, end) || !listener.onPlainChat(this.#plain)) return false;
    listener.onCommand('PRIVMSG');
    this.#vouch(connection, this.#plain.stampMs);
    return true;
  }

  onLine(connection: IrcConnection, raw: string): void {
    const { listener } = this.#options;
    if (!this.#view.read(raw)) return listener.onUnreadable(raw, 'line has no command');
    const line = translate(this.#view);
    listener.onCommand(this.#view.command);
    this.#handle(connection, line, raw);
  }

  onTooLong(_connection: IrcConnection, beginning: string): void {
    this.#options.listener.onUnreadable(beginning, 'line is too long');
  }

  onEnd(connection: IrcConnection, end: ConnectionEnd): void {
    const { plan, listener, nowMs, random } = this.#options;
    this.#connections.delete(connection.id);
    this.#order.end(connection);
    const reason = this.#isStopping ? 'stopping' : 'connection_lost';
    for (const login of plan.disconnected(connection.id, nowMs(), random())) {
      this.#lose(login, reason, connection);
    }
    listener.onConnectionEnd(connection.id, end);
    if (this.#isStopping && this.#connections.size === 0) this.#ended.resolve(undefined);
    this.#soon();
  }

  #handle(connection: IrcConnection, line: TwitchLine, raw: string): void {
    switch (line.kind) {
      case 'unreadable':
        return this.#options.listener.onUnreadable(raw, line.reason);
      case 'control':
        return this.#control(connection, line);
      case 'roomState':
        if (line.isFull) this.#confirm(connection, line);
        return this.#options.listener.onChat(line);
      case 'roomNotice':
        this.#considerRefusal(connection, line.channelLogin, line.notice);
        return this.#options.listener.onChat(line);
      case 'message':
      case 'notice':
      case 'deletion':
        this.#vouch(connection, line.stampMs);
        return this.#options.listener.onChat(line);
    }
  }

  #control(connection: IrcConnection, line: ControlLine): void {
    const { plan, listener, nowMs } = this.#options;
    switch (line.signal) {
      case 'welcome':
        connection.loggedIn();
        if (this.#isPaused) connection.pause();
        plan.connected(connection.id);
        listener.onConnectionReady(connection.id);
        return this.#soon();
      case 'ping':
        return connection.answerPing(line.text);
      case 'pong':
        return connection.ponged(line.text);
      case 'reconnect':
        plan.retire(connection.id, nowMs());
        return this.#soon();
      case 'parted':
        if (line.login === connection.nick) this.#leftRoom(connection, line.channelLogin, 'parted');
        return;
      case 'authFailed':
        return connection.end('auth');
      case 'none':
        return;
    }
  }

  #confirm(connection: IrcConnection, { channelLogin, channelId }: RoomStateLine): void {
    if (channelId === '') return;
    const outcome = this.#options.plan.confirmed(connection.id, channelLogin);
    if (outcome === 'first') this.#options.listener.onRoomRead(channelLogin, channelId);
    this.#soon();
  }

  #considerRefusal(connection: IrcConnection, login: string, notice: string): void {
    const refusal = joinRefusalOf(notice);
    if (refusal === null) return;
    this.#options.listener.onJoinRefused(login, refusal);
    this.#leftRoom(connection, login, 'refused');
  }

  #leftRoom(connection: IrcConnection, login: string, reason: 'parted' | 'refused'): void {
    const { plan, nowMs, random } = this.#options;
    const isLost = plan.refused(connection.id, login, { nowMs: nowMs(), random: random() });
    if (isLost) this.#lose(login, reason, connection);
    this.#soon();
  }

  #lose(login: string, reason: RoomLoss, connection: IrcConnection | null): void {
    const vouchedMs = connection?.vouchedMs ?? this.#options.eventNowMs();
    this.#options.listener.onRoomLost(login, reason, vouchedMs);
  }

  /** A stamp ahead of the clock vouches for nothing: it was bent. */
  #vouch(connection: IrcConnection, stampMs: number | null): void {
    if (stampMs === null || !(stampMs - 1 > connection.vouchedMs)) return;
    if (stampMs <= this.#options.eventNowMs()) connection.vouchedMs = stampMs - 1;
  }

  /** Steps once this turn of the event loop is over, however often it is called in it. */
  #soon(): void {
    if (this.#isStepDue || this.#isStopping) return;
    this.#isStepDue = true;
    setImmediate(() => this.#step());
  }

  #step(): void {
    this.#isStepDue = false;
    if (this.#isStopping) return;
    this.#noteAwake();
    const { plan, listener, nowMs, eventNowMs, random } = this.#options;
    const { decisions, timedOut } = plan.decide(nowMs(), random);
    for (const login of timedOut) listener.onJoinTimeout(login);
    for (const decision of decisions) this.#do(decision);
    this.#closeRead(decisions);
    for (const connection of this.#connections.values()) connection.check(eventNowMs());
    this.#order.check();
  }

  #noteAwake(): void {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#awakeMs > SLEPT_MS) this.#order.catchUp();
    this.#awakeMs = nowMs;
  }

  #do(decision: PlanDecision): void {
    const connection = this.#connections.get(decision.connection);
    switch (decision.do) {
      case 'connect':
        this.#connections.set(decision.connection, this.#connect(decision.connection));
        return;
      case 'join':
        return connection?.join(decision.logins);
      case 'part':
        return connection?.part(decision.logins);
      case 'close':
        return;
    }
  }

  /** Nobody misses what a connection to be closed is said now; what was said before is read first. */
  #closeRead(decisions: readonly PlanDecision[]): void {
    const before = this.#closing;
    const nowMs = this.#options.eventNowMs();
    const closes = decisions.filter((decision) => decision.do === 'close');
    this.#closing = new Map(closes.map(({ connection: id }) => [id, before.get(id) ?? nowMs]));
    for (const [id, untilMs] of this.#closing) {
      const connection = this.#connections.get(id);
      if ((connection?.vouchedMs ?? 0) >= untilMs) connection?.end('asked');
      else void connection?.answered(nowMs);
    }
  }

  #connect(id: number): IrcConnection {
    const { settings, nowMs } = this.#options;
    const nick = anonymousNick(id, this.#nickSeed);
    return new IrcConnection({ id, nick, settings, handler: this, nowMs });
  }
}
