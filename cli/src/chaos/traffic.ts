/** What a `TcpProxy` does to what goes through it, and one direction of one connection under it. */
import type { Socket } from 'node:net';

/** How the bytes of a proxy go through at the moment; every connection heeds it at once. */
export interface Traffic {
  /** False: nothing goes through, in either direction, and nothing is closed. */
  readonly flows: boolean;
  /** How long each byte is under way, wall milliseconds, each direction. */
  readonly delayMs: number;
  /** Bytes a second of each direction of each connection; Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** Bytes that one direction of one connection holds before its source is no longer read. */
  readonly bufferBytesMax: number;
}

interface Parcel {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

/**
 * One direction of a connection: reads from `source`, writes to `target`.
 *
 * Bounded: once `bufferBytesMax` are held, or the target does not take more, the source is paused,
 * which its sender notices as a full window. With a delay, throughput is at most the bound divided by it.
 */
export class OneWay {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #traffic: () => Traffic;
  readonly #onBytes: (count: number) => void;
  readonly #queue: Parcel[] = [];
  #queuedBytes = 0;
  #ended = false;
  #blocked = false;
  /** Wall milliseconds before which the bandwidth allows nothing more. */
  #freeAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    source: Socket;
    target: Socket;
    traffic: () => Traffic;
    onBytes: (count: number) => void;
  }) {
    this.#source = options.source;
    this.#target = options.target;
    this.#traffic = options.traffic;
    this.#onBytes = options.onBytes;
    this.#source.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#source.on('end', () => {
      this.#ended = true;
      this.pump();
    });
    this.#target.on('drain', () => {
      this.#blocked = false;
      this.pump();
    });
  }

  /** Sends on what is due; called again whenever the traffic changes. */
  pump(): void {
    clearTimeout(this.#timer);
    const traffic = this.#traffic();
    while (traffic.flows && !this.#blocked) {
      const first = this.#queue[0];
      if (first === undefined) break;
      const waitMs = Math.max(first.dueMs, this.#freeAtMs) - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), Math.ceil(waitMs));
        break;
      }
      this.#send(first.bytes, traffic);
    }
    if (this.#ended && this.#queue.length === 0 && traffic.flows) this.#target.end();
    this.#heedBound(traffic);
  }

  /** Forgets what it holds; the sockets are the owner's to close. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#queuedBytes = 0;
  }

  #take(bytes: Buffer): void {
    const traffic = this.#traffic();
    this.#queue.push({ bytes, dueMs: performance.now() + traffic.delayMs });
    this.#queuedBytes += bytes.length;
    this.pump();
  }

  #send(bytes: Buffer, traffic: Traffic): void {
    this.#queue.shift();
    this.#queuedBytes -= bytes.length;
    this.#onBytes(bytes.length);
    if (traffic.bytesPerSecond !== Infinity) {
      const takesMs = (bytes.length * 1_000) / traffic.bytesPerSecond;
      this.#freeAtMs = Math.max(this.#freeAtMs, performance.now()) + takesMs;
    }
    if (!this.#target.write(bytes)) this.#blocked = true;
  }

  #heedBound({ flows, bufferBytesMax }: Traffic): void {
    const full = !flows || this.#blocked || this.#queuedBytes >= bufferBytesMax;
    if (full) this.#source.pause();
    else this.#source.resume();
  }
}
