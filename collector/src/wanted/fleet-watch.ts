/**
 * Follows `channels.observed`, where every holder of a partition says what it reads: who took over
 * what we are giving up, and which generation was the last where we take over.
 */
import { randomUUID } from 'node:crypto';
import type { ConsumedBatch, ConsumedRecord, GroupConsumer, Kafka } from '@crest/shared/kafka/port';
import {
  channelObserved,
  partitionObserved,
  type ChannelObserved,
  type PartitionObserved,
} from '@crest/shared/records/channel-observed';
import { parseJson } from '@crest/shared/records/record';

export interface FleetWatchListener {
  /** A holder of our reader set, perhaps ourselves, says that it reads a room. Event time. */
  onRoomRead(
    partition: number,
    channelId: string,
    read: { generation: number; atMs: number },
  ): void;
  onFailed(error: Error): void;
}

export interface FleetWatchOptions {
  readonly kafka: Kafka;
  /** `channels.observed`. */
  readonly topic: string;
  /** Of the group that shares `channels.wanted`; ours, in which we are alone, is named after it. */
  readonly groupId: string;
  readonly readerSet: string;
  readonly listener: FleetWatchListener;
}

const MAX_WAIT_MS = 200;

export class FleetWatch {
  readonly #options: FleetWatchOptions;
  readonly #readTo = new Map<number, number>();
  readonly #generations = new Map<number, number>();
  #waiters: (() => void)[] = [];
  #consumer: GroupConsumer | undefined;

  constructor(options: FleetWatchOptions) {
    this.#options = options;
  }

  /** Begins to read from the start of the topic. @throws CrestError KAFKA_UNAVAILABLE. */
  async start(): Promise<void> {
    const { kafka, topic, groupId, listener } = this.#options;
    this.#consumer ??= await kafka.consumer({
      // Everybody reads everything: a group for each process.
      groupId: `${groupId}-watch-${randomUUID()}`,
      topics: [topic],
      assignor: 'sticky',
      maxWaitMs: MAX_WAIT_MS,
      fromStart: true,
      onAssigned: () => undefined,
      onBatch: async (batch) => this.#read(batch),
      onFailed: (error) => {
        // Before the first join it is `start` that fails, and is called again.
        if (this.#consumer !== undefined) listener.onFailed(error);
      },
    });
  }

  async stop(): Promise<void> {
    await this.#consumer?.close();
  }

  /** The highest generation of our reader set seen in the partition; -1 before any. */
  lastGeneration(partition: number): number {
    return this.#generations.get(partition) ?? -1;
  }

  /** Resolves when each partition has been read up to its offset in `ends`, or the signal comes. */
  async caughtUp(
    partitions: readonly number[],
    ends: readonly number[],
    signal: AbortSignal,
  ): Promise<void> {
    const isBehind = (p: number): boolean => (this.#readTo.get(p) ?? 0) < (ends[p] ?? 0);
    while (partitions.some(isBehind) && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const goOn = (): void => resolve(undefined);
      this.#waiters.push(goOn);
      signal.addEventListener('abort', goOn, { once: true });
      await promise;
      signal.removeEventListener('abort', goOn);
    }
  }

  #read({ partition, records }: ConsumedBatch): void {
    for (const record of records) this.#take(partition, record);
    const last = records.at(-1);
    if (last !== undefined) this.#readTo.set(partition, last.offset + 1);
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #take(partition: number, { value }: ConsumedRecord): void {
    const said = saidIn(value);
    if (said?.readerSet !== this.#options.readerSet) return;
    const { generation, atMs } = said;
    if (generation > this.lastGeneration(partition)) this.#generations.set(partition, generation);
    if (said.type === 'partition.observed' || said.state === 'unobserved') return;
    this.#options.listener.onRoomRead(partition, said.channelId, { generation, atMs });
  }
}

function saidIn(value: Buffer | null): ChannelObserved | PartitionObserved | null {
  const json = parseJson(value);
  if (!json.ok) return null;
  const tick = partitionObserved.decode(json.value);
  const said = tick.ok ? tick : channelObserved.decode(json.value);
  return said.ok ? said.value : null;
}
