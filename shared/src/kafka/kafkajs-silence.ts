/** When a member of ours last heard of its brokers, and what is done when it hears nothing for good. */
import type { Consumer, Kafka as Client } from 'kafkajs';
import { CrestError } from '../errors.ts';
import type { GroupConsumerOptions } from './port.ts';
import { SilenceWatch } from './silence-watch.ts';

export interface Hearing {
  /** `GroupConsumer.silentMs`. */
  silentMs(): number;
  /** Begins to look whether the member hangs. */
  watch(): void;
  stop(): void;
}

/** Listens to what the client says of itself; call it before the member runs. */
export function hearingOf(
  client: Client,
  consumer: Consumer,
  { topics, groupId, onFailed }: GroupConsumerOptions,
): Hearing {
  let heardAtMs = performance.now();
  for (const event of ['FETCH', 'HEARTBEAT', 'GROUP_JOIN'] as const) {
    consumer.on(consumer.events[event], () => {
      heardAtMs = performance.now();
    });
  }
  const silentMs = (): number => performance.now() - heardAtMs;
  const watch = new SilenceWatch({
    silentMs,
    probe: () => probe(client, topics),
    onHung: (ms) => {
      const what = `group ${groupId}: nothing heard for ${Math.round(ms / 1000)} s, though brokers answer`;
      onFailed(new CrestError('KAFKA_UNAVAILABLE', what));
    },
  });
  return { silentMs, watch: () => watch.start(), stop: () => watch.stop() };
}

/** Asks the brokers over a connection of its own. */
async function probe(client: Client, topics: readonly string[]): Promise<void> {
  const admin = client.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: [...topics] });
  } finally {
    await admin.disconnect();
  }
}
