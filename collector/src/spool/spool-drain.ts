/**
 * Sends what the spool holds to Kafka, batch by batch and each until it is acknowledged, in the
 * spool's order. It runs while there is anything to send and rests when the spool is empty.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';
import type { OutgoingRecord, RecordProducer } from '@crest/shared/kafka/port';
import type { Spool, SpoolBatch } from './spool.ts';

export interface SpoolDrainListener {
  onSent(records: readonly OutgoingRecord[], seconds: number): void;
  /** A send failed and will be repeated. */
  onSendFailed(error: unknown): void;
  /** The spool could not be read; it will be asked again. */
  onReadFailed(error: unknown): void;
}

/** Says in the place of records that are missing that they are. */
export interface LossSayer {
  /** What to send for the records of a batch; `isAfterLoss`: some are missing before the first. */
  tell(records: readonly OutgoingRecord[], isAfterLoss: boolean): readonly OutgoingRecord[];
  /** The spool is empty. */
  forget(): void;
}

export interface SpoolDrainOptions {
  readonly spool: Spool;
  readonly producer: RecordProducer;
  readonly batchRecordsMax: number;
  readonly retry: BackoffPolicy;
  readonly losses: LossSayer;
  readonly listener: SpoolDrainListener;
}

export class SpoolDrain {
  readonly #options: SpoolDrainOptions;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #isFailing = false;
  #onTrouble: () => void = () => undefined;

  constructor(options: SpoolDrainOptions) {
    this.#options = options;
  }

  /** The last send of the drain did not succeed. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Begins to drain, or goes on with it. */
  start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // Something may have been appended between the last look and this moment.
      if (!this.#options.spool.isEmpty && !this.#abort.signal.aborted) this.start();
    });
  }

  /**
   * Waits until the spool is empty, as long as Kafka takes what it holds and at most `patienceMs`: what
   * is left then is for the next process with the same directory.
   */
  async finish(patienceMs: number): Promise<void> {
    if (this.#isFailing || this.#options.spool.isEmpty) return;
    this.start();
    const given = Promise.withResolvers<undefined>();
    this.#onTrouble = () => given.resolve(undefined);
    const timer = setTimeout(this.#onTrouble, patienceMs);
    await Promise.race([this.#running, given.promise]);
    clearTimeout(timer);
  }

  /** Ends it. A send that Kafka has not answered is given up: it is still in the spool. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { spool, losses } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted && !spool.isEmpty) {
      const batch = await this.#nextBatch();
      if (batch === null) await this.#pause(0);
      else if (await this.#send(losses.tell(batch.records, batch.isAfterLoss))) {
        await spool.acknowledge(batch);
      }
    }
    if (spool.isEmpty) losses.forget();
  }

  async #nextBatch(): Promise<SpoolBatch | null> {
    const { spool, batchRecordsMax, listener } = this.#options;
    for (let attempt = 0; !this.#abort.signal.aborted; attempt += 1) {
      try {
        return await spool.next(batchRecordsMax);
      } catch (error) {
        listener.onReadFailed(error);
        this.#onTrouble();
        await this.#pause(attempt);
      }
    }
    return null;
  }

  /** Whether Kafka has them; not only when we are stopped meanwhile. */
  async #send(records: readonly OutgoingRecord[]): Promise<boolean> {
    const { producer, listener } = this.#options;
    const { signal } = this.#abort;
    if (records.length === 0) return true;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const startedMs = performance.now();
      try {
        const isSent = await unlessAborted(producer.send(records), signal);
        if (!isSent) return false;
        this.#isFailing = false;
        listener.onSent(records, (performance.now() - startedMs) / 1000);
        return true;
      } catch (error) {
        this.#isFailing = true;
        listener.onSendFailed(error);
        this.#onTrouble();
        await this.#pause(attempt);
      }
    }
    return false;
  }

  async #pause(attempt: number): Promise<void> {
    const delayMs = backoffMs(this.#options.retry, attempt, Math.random());
    await sleep(delayMs, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }
}

/** False when the signal came first. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const aborted = Promise.withResolvers<false>();
  const onAbort = (): void => aborted.resolve(false);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work.then(() => true), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
