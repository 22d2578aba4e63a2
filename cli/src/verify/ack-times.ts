/** When the store acknowledged each offset as journaled: the earliest of the batches that hold it. */
import type { StoreAck } from './run-sources.ts';

export class AckTimes {
  /** Wall time by offset, NaN where no batch held it; by partition. */
  readonly #byPartition = new Map<number, Float64Array>();

  constructor(acks: readonly StoreAck[]) {
    for (const [partition, own] of Map.groupBy(acks, (ack) => ack.partition)) {
      const last = own.reduce((highest, { toOffset }) => Math.max(highest, toOffset), 0);
      const times = new Float64Array(last + 1).fill(NaN);
      // The latest first, so that the earliest has the last word.
      const backwards = own.toSorted((a, b) => b.ackedAtMs - a.ackedAtMs);
      for (const { fromOffset, toOffset, ackedAtMs } of backwards) {
        times.fill(ackedAtMs, fromOffset, toOffset + 1);
      }
      this.#byPartition.set(partition, times);
    }
  }

  /** Wall time, epoch milliseconds; null where no acknowledgement of it is kept. */
  ackedAtMs(partition: number, offset: number): number | null {
    const time = this.#byPartition.get(partition)?.[offset];
    return time === undefined || Number.isNaN(time) ? null : time;
  }
}
