/**
 * The one sender of this process: gathers records into batches and sends one batch at a time. Order is
 * kept for each partition, whatever fails. A record counts as acknowledged when Kafka has it, or when
 * the spool has fsynced it.
 *
 * Without a spool a batch is sent again until Kafka takes it. With one, the outbox is in one of two
 * states, and only its own loop changes them:
 * - `direct`: records go to Kafka and nothing touches the disk. When a send fails, or is not answered
 *   within `sendDeadlineMs`, everything that waits goes to the spool, beginning with that batch (Kafka
 *   may have it already: a repeat), and the state is
 * - `spooling`: everything goes to the spool, in groups of what came in `fsyncDelayMs`, while its drain
 *   sends the oldest. When the spool is empty, that is, Kafka has all of it, the state is `direct`.
 *
 * What may repeat: a batch whose acknowledgement was lost is sent again as a whole; readers drop the
 * repeats by id (chat), or take them as they are (ticks and observations say the same twice).
 * What is bounded: the bytes that wait in memory. They grow while neither Kafka nor the spool takes
 * any (outage and spool full, or disk broken). At the bound `onFull` is called, which stops the
 * sockets: nothing is dropped here, and what Twitch cannot keep for us it drops with the connection,
 * which becomes a gap. Lines already read are still taken, so the bound is exceeded by at most what a
 * turn of the event loop had read. Below half of it `onDrained` lets reading go on.
 */
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';
import { LoadPace } from '@crest/shared/kafka/load-pace';
import type { OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';
import type { AppendOutcome } from '../spool/spool.ts';
import type { RecordSink } from './record-sink.ts';

/** Records a second above which batches are made larger and later. */
const BUSY_RECORDS_PER_SECOND = 8_000;
/** How many times as long such a batch waits. */
const BUSY_LINGERS = 4;

export interface OutboxSettings {
  readonly batchRecordsMax: number;
  /**
   * Bytes of one partition in a batch: the client makes one record batch of them, and a broker
   * refuses one above its `message.max.bytes`.
   */
  readonly batchPartitionBytesMax: number;
  /**
   * A batch that is not full goes out so long after the last one came back, milliseconds; four
   * times as long while more than `BUSY_RECORDS_PER_SECOND` go out.
   */
  readonly lingerMs: number;
  readonly bytesMax: number;
  readonly retry: BackoffPolicy;
}

/** The disk that takes records while Kafka does not. */
export interface OutboxSpool {
  /** Nothing in it waits for Kafka. */
  readonly isEmpty: boolean;
  /** Resolves when the records are durable, or with the reason why they are not taken. */
  append(records: readonly OutgoingRecord[]): Promise<AppendOutcome>;
}

export interface SpoolUse {
  readonly spool: OutboxSpool;
  /** A batch that Kafka has not acknowledged for so long goes to the spool, milliseconds. */
  readonly sendDeadlineMs: number;
  /** Records wait at most so long for others that share their fsync, milliseconds. */
  readonly fsyncDelayMs: number;
  /** Something was appended: it is to be drained. */
  readonly drain: () => void;
}

export interface OutboxListener {
  onSent(records: readonly OutgoingRecord[], seconds: number): void;
  /** A send failed and will be repeated; `attempt` counts from 0. */
  onSendFailed(error: unknown, attempt: number): void;
  onFull(): void;
  onDrained(): void;
  /** Records go to the disk from now on. */
  onSpooling(): void;
  /** Kafka has everything: records go to it directly again. */
  onDirect(): void;
  /** The spool does not take records; they wait in memory and are offered again. */
  onSpoolRefused(outcome: AppendOutcome & { ok: false }): void;
}

/** Key, value and what Kafka and we add to a record; an estimate of what it costs to keep. */
const OVERHEAD_BYTES = 100;

/** One append to the spool, bytes: what a disk writes in a few milliseconds. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024;

type SendOutcome = 'sent' | 'failed' | 'late';

export class RecordOutbox implements RecordSink {
  readonly #producer: RecordProducer;
  readonly #settings: OutboxSettings;
  readonly #listener: OutboxListener;
  readonly #spoolUse: SpoolUse | null;
  readonly #abort = new AbortController();
  readonly #batches: OutgoingRecord[][] = [];
  #filling: OutgoingRecord[] = [];
  /** Bytes of the batch being filled, by topic and partition. */
  #fillingBytes = new Map<string, number[]>();
  #records = 0;
  #bytes = 0;
  #isFull = false;
  #isFailing = false;
  #isRunning = false;
  #state: 'direct' | 'spooling' = 'direct';
  /** A send that was not answered in time, until it is. */
  #late: Promise<boolean> | undefined;
  readonly #pace: LoadPace;
  /** When the last send came back, on the monotonic clock. */
  #lastSendMs = 0;
  #wake: (() => void) | undefined;
  #waiters: (() => void)[] = [];

  constructor(options: {
    producer: RecordProducer;
    settings: OutboxSettings;
    listener: OutboxListener;
    spoolUse: SpoolUse | null;
  }) {
    this.#producer = options.producer;
    this.#settings = options.settings;
    this.#listener = options.listener;
    this.#spoolUse = options.spoolUse;
    const { lingerMs } = options.settings;
    this.#pace = new LoadPace({
      calmMs: lingerMs,
      busyMs: BUSY_LINGERS * lingerMs,
      busyRecordsPerSecond: BUSY_RECORDS_PER_SECOND,
    });
  }

  /** Records and bytes that wait or are on their way. */
  get depth(): { records: number; bytes: number } {
    return { records: this.#records, bytes: this.#bytes };
  }

  /** The last send did not succeed. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Records go to the spool now. */
  get isSpooling(): boolean {
    return this.#state === 'spooling';
  }

  /** What the drain of the spool learned of Kafka meanwhile. */
  heardOfKafka(isTaking: boolean): void {
    this.#isFailing = !isTaking;
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
    const { topic, partition } = record;
    const { batchPartitionBytesMax, batchRecordsMax } = this.#settings;
    const inBatch = this.#fillingBytes.get(topic)?.[partition] ?? 0;
    if (inBatch + bytes > batchPartitionBytesMax && this.#filling.length > 0) this.#closeBatch();
    this.#filling.push(record);
    let ofTopic = this.#fillingBytes.get(topic);
    if (ofTopic === undefined) this.#fillingBytes.set(topic, (ofTopic = []));
    ofTopic[partition] = (ofTopic[partition] ?? 0) + bytes;
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
      if (this.#spoolUse === null) await this.#sendNext();
      else if (this.#state === 'direct') await this.#sendOrSpool(this.#spoolUse);
      else await this.#spoolOn(this.#spoolUse);
    }
    this.#isRunning = false;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  async #sendNext(): Promise<void> {
    await this.#linger();
    const batch = this.#batches.shift() ?? this.#takeFilling();
    await this.#sendUntilAcknowledged(batch);
    if (!this.#abort.signal.aborted) this.#forget(batch);
  }

  async #sendOrSpool(use: SpoolUse): Promise<void> {
    // What an earlier process left goes first.
    if (!use.spool.isEmpty) return this.#setState('spooling');
    await this.#linger();
    const batch = this.#batches[0] ?? this.#takeFilling();
    if (this.#batches.length === 0) this.#batches.push(batch);
    for (let attempt = 0; !this.#abort.signal.aborted; attempt += 1) {
      const outcome = await this.#sendInTime(batch, use.sendDeadlineMs, attempt);
      if (outcome === 'sent') {
        this.#batches.shift();
        return this.#forget(batch);
      }
      if (await this.#spoolGroup(use)) return this.#setState('spooling');
      // Neither takes it: Kafka is asked again, since nothing lies in the spool before it.
      await this.#pauseAfter(attempt);
    }
  }

  /** Gathers what shares an fsync and appends it, unless the spool has become empty meanwhile. */
  async #spoolOn(use: SpoolUse): Promise<void> {
    for (let attempt = 0; !this.#abort.signal.aborted; attempt += 1) {
      await this.#sleep(use.fsyncDelayMs);
      if (use.spool.isEmpty) return this.#setState('direct');
      if (await this.#spoolGroup(use)) return;
      await this.#pauseAfter(attempt);
    }
  }

  /** Appends the batches that wait, as many as go in one group. Whether the spool took them. */
  async #spoolGroup({ spool, drain }: SpoolUse): Promise<boolean> {
    if (this.#filling.length > 0) this.#batches.push(this.#takeFilling());
    let bytes = 0;
    const group: OutgoingRecord[] = [];
    let count = 0;
    for (const batch of this.#batches) {
      bytes += batch.reduce((sum, record) => sum + bytesOf(record), 0);
      if (count > 0 && bytes > GROUP_BYTES_MAX) break;
      group.push(...batch);
      count += 1;
    }
    const outcome = await spool.append(group);
    if (!outcome.ok) {
      this.#listener.onSpoolRefused(outcome);
      return false;
    }
    this.#batches.splice(0, count);
    this.#forget(group);
    drain();
    return true;
  }

  async #sendInTime(
    batch: readonly OutgoingRecord[],
    deadlineMs: number,
    attempt: number,
  ): Promise<SendOutcome> {
    // A send still without an answer is not joined by another one: they would queue without end.
    const mine = (this.#late ??= this.#send(batch, attempt));
    void mine.then(() => {
      if (this.#late === mine) this.#late = undefined;
    });
    const deadline = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => deadline.resolve('late'), deadlineMs);
    const closed = (): void => deadline.resolve('late');
    this.#abort.signal.addEventListener('abort', closed, { once: true });
    const first = await Promise.race([mine, deadline.promise]);
    clearTimeout(timer);
    this.#abort.signal.removeEventListener('abort', closed);
    if (first !== 'late') return first ? 'sent' : 'failed';
    this.#isFailing = true;
    return 'late';
  }

  /** Waits for a full batch, at most until `lingerMs`, or four times that, after the last send. */
  async #linger(): Promise<void> {
    const leftMs = this.#lastSendMs + this.#pace.gatherMs - performance.now();
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
      if (await this.#send(batch, attempt)) return;
      await this.#pauseAfter(attempt);
    }
  }

  /** Whether Kafka acknowledged it. */
  async #send(batch: readonly OutgoingRecord[], attempt: number): Promise<boolean> {
    const startedMs = performance.now();
    try {
      await this.#producer.send(batch);
      this.#lastSendMs = performance.now();
      this.#pace.count(batch.length, this.#lastSendMs);
      this.#isFailing = false;
      this.#listener.onSent(batch, (this.#lastSendMs - startedMs) / 1000);
      return true;
    } catch (error) {
      this.#isFailing = true;
      this.#listener.onSendFailed(error, attempt);
      return false;
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

  #setState(state: 'direct' | 'spooling'): void {
    this.#state = state;
    if (state === 'direct') this.#listener.onDirect();
    else this.#listener.onSpooling();
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
