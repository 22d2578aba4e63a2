/**
 * One client's socket: lines are gathered and go out several to a frame. The faults of a
 * connection bend what goes out here, and nowhere else.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { type Session, newSession } from '../core/irc-session.ts';
import type { SeededRandom } from '../core/seeded-random.ts';

/** Why a connection ended, as the ledger's `part` entries say it. */
export type EndReason = 'socket' | 'slow' | 'refused' | 'fault' | 'stop';

/** Lasting faults of one connection; a time is wall time, epoch milliseconds. */
interface Bend {
  readonly kind: 'duplicate' | 'reorder';
  readonly untilMs: number;
  readonly chance: number;
}

/** A frame holds whole lines and not many more characters than this. */
const FRAME_CHARACTERS_MAX = 16 * 1024;
const CRLF = '\r\n';

export class Connection {
  readonly id: number;
  readonly session: Session = newSession();
  readonly remoteAddress: string;
  lastPingAtMs: number;
  /** Since when a PONG is owed; undefined when none is. */
  pongOwedSinceMs: number | undefined;
  endReason: EndReason = 'socket';
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  #batch = '';
  /** Frames held back by a delay; undefined when nothing is held. */
  #held: string[] | undefined;
  #isHalfOpen = false;
  #cutAtNext: 'line' | 'frame' | undefined;
  #bends: readonly Bend[] = [];
  #random: SeededRandom | undefined;
  #swapped = '';

  constructor(options: { id: number; ws: WebSocket; socket: Socket; nowMs: number }) {
    this.id = options.id;
    this.#ws = options.ws;
    this.#socket = options.socket;
    this.remoteAddress = options.socket.remoteAddress ?? '';
    this.lastPingAtMs = options.nowMs;
  }

  get isHalfOpen(): boolean {
    return this.#isHalfOpen;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  /** Bytes that the client has not taken yet. */
  get backlogBytes(): number {
    const held = this.#held?.reduce((sum, frame) => sum + frame.length, 0) ?? 0;
    return this.#ws.bufferedAmount + held;
  }

  /** Adds a line, with its CRLF, to the frame being gathered. False where nobody will read it. */
  write(line: string, nowMs: number): boolean {
    if (this.#isHalfOpen || !this.isOpen) return false;
    if (this.#cutAtNext !== undefined) return this.#cutWithin(line);
    if (this.#bends.length === 0) this.#batch += line;
    else this.#writeBent(line, nowMs);
    if (this.#batch.length >= FRAME_CHARACTERS_MAX) this.flush();
    return true;
  }

  /** Sends what was gathered as one frame. */
  flush(): void {
    if (this.#swapped !== '' && this.#bends.length === 0) this.#batch += this.#takeSwapped();
    if (this.#batch === '') return;
    const frame = this.#batch;
    this.#batch = '';
    if (this.#held !== undefined) this.#held.push(frame);
    else if (this.isOpen) this.#ws.send(frame, ignoreBrokenSocket);
  }

  /** Answers of the server go out at once, behind what was gathered, and are never bent. */
  reply(lines: readonly string[]): void {
    if (this.#isHalfOpen) return;
    this.#batch += lines.map((line) => line + CRLF).join('');
    this.flush();
  }

  /** Ends the connection: by a close frame, or without a word where `isAbrupt`. */
  end(reason: EndReason, isAbrupt: boolean): void {
    this.endReason = reason;
    if (isAbrupt) this.#ws.terminate();
    else this.#ws.close();
  }

  /** Holds everything back until `release`. */
  hold(): void {
    this.flush();
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (this.isOpen) for (const frame of held) this.#ws.send(frame, ignoreBrokenSocket);
  }

  /** From now on nothing goes through, in either direction, not even the end of the socket. */
  freeze(): void {
    this.flush();
    this.#isHalfOpen = true;
    this.#socket.pause();
  }

  /** The next line breaks off in the middle and takes the socket with it. */
  cutAtNext(where: 'line' | 'frame'): void {
    this.#cutAtNext = where;
  }

  bend(bend: Bend, random: SeededRandom): void {
    this.#bends = [...this.#bends, bend];
    this.#random = random;
  }

  /** Ends bends whose time is over, and sends the line that waited to change places. */
  straighten(nowMs: number): void {
    this.#bends = this.#bends.filter((bend) => bend.untilMs > nowMs);
    this.flush();
  }

  #writeBent(line: string, nowMs: number): void {
    this.#bends = this.#bends.filter((bend) => bend.untilMs > nowMs);
    const isHit = (kind: Bend['kind']): boolean =>
      this.#bends.some((bend) => bend.kind === kind && this.#random?.chance(bend.chance) === true);
    const lines = isHit('duplicate') ? line + line : line;
    if (this.#swapped === '' && isHit('reorder')) {
      this.#swapped = lines;
      return;
    }
    this.#batch += lines + this.#takeSwapped();
  }

  #takeSwapped(): string {
    const swapped = this.#swapped;
    this.#swapped = '';
    return swapped;
  }

  #cutWithin(line: string): boolean {
    const half = line.slice(0, Math.floor(line.length / 2));
    this.endReason = 'fault';
    const broken = this.#batch + half;
    this.#batch = '';
    if (this.#cutAtNext === 'line') {
      this.#ws.send(broken, () => this.#ws.terminate());
    } else {
      const payload = Buffer.from(broken + line);
      const bytes = Buffer.concat([textFrameHeader(payload.length), payload]);
      this.#socket.write(bytes.subarray(0, bytes.length >> 1), () => this.#socket.destroy());
    }
    this.#isHalfOpen = true;
    return false;
  }
}

/** Header of an unmasked, final text frame (RFC 6455, 5.2), for payloads below 64 KiB. */
function textFrameHeader(bytes: number): Buffer {
  if (bytes < 126) return Buffer.from([0x81, bytes]);
  return Buffer.from([0x81, 126, (bytes >> 8) & 0xff, bytes & 0xff]);
}

/** A send that fails is a socket that died: its close event says so. */
function ignoreBrokenSocket(): void {}
