/** The partitions that this process holds, each with its worker; follows what the group decides. */
import type { BatchControl, ConsumedBatch } from '@crest/shared/kafka/port';
import type { ProcessorGauges } from './metrics.ts';
import { PartitionWorker, type WorkerContext } from './partition-worker.ts';

export interface DeskOptions {
  readonly worker: WorkerContext;
  /** How long after being fenced a partition that the group still gives us is claimed again. */
  readonly fencedRetryMs: number;
}

export class PartitionDesk {
  readonly #options: DeskOptions;
  readonly #workers = new Map<number, PartitionWorker>();
  #isAssigned = false;
  #isStopping = false;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** False before the group first answered. */
  get isAssigned(): boolean {
    return this.#isAssigned;
  }

  /** The partitions held from now on, complete. Kept ones keep their state. */
  assign(partitions: readonly number[]): void {
    this.#isAssigned = true;
    const lost = [...this.#workers.keys()].filter((held) => !partitions.includes(held));
    for (const partition of lost) this.#drop(partition);
    for (const partition of partitions) {
      const worker = this.#workers.get(partition);
      if (worker !== undefined && worker.droppedAtMs === null) continue;
      const taken = new PartitionWorker(partition, this.#options.worker);
      this.#workers.set(partition, taken);
      taken.prepare();
    }
    this.#options.worker.events.assigned(partitions, lost);
  }

  /** Hands a batch to the worker of its partition. */
  async onBatch(batch: ConsumedBatch, control: BatchControl): Promise<void> {
    if (this.#isStopping) return;
    await this.#workerOf(batch.partition)?.onBatch(batch, control);
  }

  /** Tells of every open window that changed and waited its time. */
  tellEarly(): void {
    for (const worker of this.#workers.values()) worker.tellEarly();
  }

  /** Saves every state, one after the other. */
  async saveAll(): Promise<void> {
    for (const worker of [...this.#workers.values()]) await worker.save();
  }

  /** Takes no more batches, waits until what is folded is durable, and saves. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#workers.values()].map((worker) => worker.save()));
  }

  /** Gives every partition up. */
  dropAll(): void {
    for (const partition of [...this.#workers.keys()]) this.#drop(partition);
  }

  /** The sums over all partitions. */
  gauges(): ProcessorGauges {
    const sum = { partitions: 0, channels: 0, openGaps: 0, lagRecords: 0, lagSeconds: 0 };
    let inFlightRecords = 0;
    for (const worker of this.#workers.values()) {
      const facts = worker.facts();
      sum.partitions += 1;
      sum.channels += facts.channels;
      sum.openGaps += facts.openGaps;
      sum.lagRecords += facts.lagRecords;
      sum.lagSeconds = Math.max(sum.lagSeconds, facts.lagMs / 1000);
      inFlightRecords += facts.inFlight;
    }
    return { ...sum, inFlightRecords };
  }

  #workerOf(partition: number): PartitionWorker | undefined {
    const worker = this.#workers.get(partition);
    const { worker: context, fencedRetryMs } = this.#options;
    const droppedAtMs = worker?.droppedAtMs ?? null;
    if (droppedAtMs === null || context.nowMs() - droppedAtMs < fencedRetryMs) return worker;
    // The group still gives it to us, so whoever fenced us is gone or a zombie.
    const anew = new PartitionWorker(partition, context);
    this.#workers.set(partition, anew);
    return anew;
  }

  #drop(partition: number): void {
    this.#workers.get(partition)?.drop();
    this.#workers.delete(partition);
  }
}
