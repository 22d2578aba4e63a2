/**
 * The one sender of this process: gathers records into batches, sends one batch at a time, and again
 * until Kafka has acknowledged it. Order is kept for each partition, whatever fails.
 *
 * What may repeat: a batch whose acknowledgement was lost is sent again as a whole; readers drop the
 * repeats by id (chat), or take them as they are (ticks and observations say the same twice).
 * What is bounded: the bytes that wait. At the bound `onFull` is called, which stops the sockets;
 * lines already read are still taken, so the bound is exceeded by at most what a turn of the event
 * loop had read. Below half of it `onDrained` lets reading go on.
 */
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';
import type { OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';
import type { RecordSink } from './record-sink.ts';

export interface OutboxSettings {
  readonly batchRecordsMax: number;
  /**
   * Bytes of one partition in a batch: the client makes one record batch of them, and a broker
   * refuses one above its `message.max.bytes`.
   */
  readonly batchPartitionBytesMax: number;
  /** A batch that is not full goes out so long after the last one came back, milliseconds. */
  readonly lingerMs: number;
  readonly bytesMax: number;
  readonly retry: BackoffPolicy;
}

export interface OutboxListener {
  onSent(records: readonly OutgoingRecord[], seconds: number): void;
  /** A send failed and will be repeated; `attempt` counts from 0. */
  onSendFailed(error: unknown, attempt: number): void;
  onFull(): void;
  onDrained(): void;
}

/** Key, value and what Kafka and we add to a record; an estimate of what it costs to keep. */
const OVERHEAD_BYTES = 100;

export class RecordOutbox implements RecordSink {
  readonly #producer: RecordProducer;
  readonly #settings: OutboxSettings;
  readonly #listener: OutboxListener;
  readonly #abort = new AbortController();
  readonly #batches: OutgoingRecord[][] = [];
  #filling: OutgoingRecord[] = [];
  /** Bytes of the batch being filled, by topic and partition. */
  #fillingBytes = new Map<string, number>();
  #records = 0;
  #bytes = 0;
  #isFull = false;
  #isFailing = false;
  #isRunning = false;
  /** When the last send came back, on the monotonic clock. */
  #lastSendMs = 0;
  #wake: (() => void) | undefined;
  #waiters: (() => void)[] = [];

  constructor(options: {
    producer: RecordProducer;
    settings: OutboxSettings;
    listener: OutboxListener;
  }) {
    this.#producer = options.producer;
    this.#settings = options.settings;
    this.#listener = options.listener;
  }

  /** Records and bytes that wait or are on their way. */
  get depth(): { records: number; bytes: number } {
    return { records: this.#records, bytes: this.#bytes };
  }

  /** The last send did not succeed. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  put(record: OutgoingRecord): void {
    const bytes = bytesOf(record);
    this.#fill(record, bytes);
    this.#records += 1;
    this.#bytes += bytes;
    if (!this.#isFull && this.#bytes >= this.#settings.bytesMax) {
      this.#isFull = true;
      this.#listener.onFull();
    }
    if (!this.#isRunning) void this.#run();
  }

  #fill(record: OutgoingRecord, bytes: number): void {
    const partition = `${record.topic}/${record.partition}`;
    const partitionBytes = (this.#fillingBytes.get(partition) ?? 0) + bytes;
    const { batchPartitionBytesMax, batchRecordsMax } = this.#settings;
    if (partitionBytes > batchPartitionBytesMax && this.#filling.length > 0) this.#closeBatch();
    this.#filling.push(record);
    this.#fillingBytes.set(partition, (this.#fillingBytes.get(partition) ?? 0) + bytes);
    if (this.#filling.length >= batchRecordsMax) this.#closeBatch();
  }

  #closeBatch(): void {
    this.#batches.push(this.#takeFilling());
    this.#wake?.();
  }

  flushed(): Promise<void> {
    if (this.#records === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Gives up whatever is not sent yet. Call `flushed` first. */
  close(): void {
    this.#abort.abort();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { signal } = this.#abort;
    while (this.#records > 0 && !signal.aborted) {
      await this.#linger();
      const batch = this.#batches.shift() ?? this.#takeFilling();
      await this.#sendUntilAcknowledged(batch);
      if (!signal.aborted) this.#forget(batch);
    }
    this.#isRunning = false;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** Waits for a full batch, at most until `lingerMs` after the last send. */
  async #linger(): Promise<void> {
    const leftMs = this.#lastSendMs + this.#settings.lingerMs - performance.now();
    if (this.#batches.length === 0 && leftMs > 0) await this.#sleep(leftMs);
  }

  #takeFilling(): OutgoingRecord[] {
    const batch = this.#filling;
    this.#filling = [];
    this.#fillingBytes = new Map();
    return batch;
  }

  async #sendUntilAcknowledged(batch: readonly OutgoingRecord[]): Promise<void> {
    for (let attempt = 0; !this.#abort.signal.aborted; attempt += 1) {
      const startedMs = performance.now();
      try {
        await this.#producer.send(batch);
        this.#lastSendMs = performance.now();
        this.#isFailing = false;
        this.#listener.onSent(batch, (this.#lastSendMs - startedMs) / 1000);
        return;
      } catch (error) {
        this.#isFailing = true;
        this.#listener.onSendFailed(error, attempt);
        await this.#pauseAfter(attempt);
      }
    }
  }

  async #pauseAfter(attempt: number): Promise<void> {
    const untilMs = performance.now() + backoffMs(this.#settings.retry, attempt, Math.random());
    while (performance.now() < untilMs && !this.#abort.signal.aborted) {
      await this.#sleep(untilMs - performance.now());
    }
  }

  #forget(batch: readonly OutgoingRecord[]): void {
    this.#records -= batch.length;
    for (const record of batch) this.#bytes -= bytesOf(record);
    if (this.#isFull && this.#bytes <= this.#settings.bytesMax / 2) {
      this.#isFull = false;
      this.#listener.onDrained();
    }
  }

  /** Ends early when a batch is full or the outbox is closed. */
  #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), ms);
    this.#wake = () => resolve(undefined);
    return promise.then(() => {
      clearTimeout(timer);
      this.#wake = undefined;
    });
  }
}

function bytesOf({ value }: OutgoingRecord): number {
  return (value?.length ?? 0) + OVERHEAD_BYTES;
}
