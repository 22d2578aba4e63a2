/** Whether a run is at rest: everything read, saved and sent. */
import type { Service } from './faults.ts';
import { GROUPS, TOPICS } from './services.ts';
import type { SimKafka } from './sim-kafka.ts';
import type { SimStore } from './sim-store.ts';
import { PARTITIONS } from './world.ts';

export interface Situation {
  readonly kafka: SimKafka;
  readonly store: SimStore;
  /** Processes of each service; those of one that has none are not waited for. */
  readonly services: Readonly<Record<Service, number>>;
}

/** What is still awaited; null at rest. */
export function restOf({ kafka, store, services }: Situation): string | null {
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const awaited =
      (services.processor > 0 ? processorLack(kafka, store, partition) : null) ??
      (services.alerter > 0 ? alerterLack(kafka, store, partition) : null);
    if (awaited !== null) return awaited;
  }
  for (const entry of store.of('outbox').values()) {
    const { state } = entry as { state?: unknown };
    if (state === 'due' || state === 'sending') return `alert ${String(entry._id)} is ${state}`;
  }
  return null;
}

function processorLack(kafka: SimKafka, store: SimStore, partition: number): string | null {
  const end = kafka.log(TOPICS.channelEvents, partition).length;
  const key = `${GROUPS.processor}/${TOPICS.channelEvents}/${partition}`;
  const head = store.of('snapshots').get(key) as { nextOffset?: number } | undefined;
  const saved = head?.nextOffset ?? 0;
  return saved === end ? null : `partition ${partition} is saved up to ${saved} of ${end}`;
}

function alerterLack(kafka: SimKafka, store: SimStore, partition: number): string | null {
  const head = store.of('alertSnapshots').get(String(partition)) as
    { nextOffsets?: { topic: string; nextOffset: number }[] } | undefined;
  for (const topic of [TOPICS.channelWindows, TOPICS.channelSpikes]) {
    const end = kafka.log(topic, partition).length;
    const saved = head?.nextOffsets?.find((each) => each.topic === topic)?.nextOffset ?? 0;
    if (saved !== end) return `${topic}/${partition} is saved up to ${saved} of ${end}`;
  }
  return null;
}
