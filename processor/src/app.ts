/**
 * The processor as a whole: its parts come up in the order of `startParts`, read from top to bottom,
 * and go down in the opposite one: no more batches, drain, save, leave the group, close.
 */
import { serveHealth } from '@crest/shared/health';
import type { GroupConsumer, Kafka } from '@crest/shared/kafka/port';
import { Lifecycle, type App } from '@crest/shared/lifecycle';
import type { Logger } from '@crest/shared/logger';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ProcessorConfig } from './config.ts';
import { createEvents } from './events.ts';
import { ensureTopics } from '@crest/shared/ensure-topics';
import { createMetrics, NO_GAUGES } from './metrics.ts';
import type { PartitionDesk } from './partition-desk.ts';
import { reasonsNotReady, type ReadinessParts } from './readiness.ts';
import { collectionsOf } from './store/collections.ts';
import { createIndexes } from './store/indexes.ts';
import { createMessageView } from './store/message-view.ts';
import {
  clusterOf,
  deskOf,
  joinGroup,
  layoutOf,
  openStore,
  PRODUCE_PACE,
  startTimers,
  writersOf,
} from './wiring.ts';

/** What a test may replace. */
export interface ProcessorOverrides {
  readonly log: Logger;
  /** Default: the cluster of `kafka.brokers`. */
  readonly kafka?: Kafka;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs?: () => number;
}

export interface ProcessorApp extends App {
  /** Port of `/metrics`, `/livez` and `/readyz`, once started. */
  httpPort(): number;
  /** Reasons why it is not ready; none when it is. */
  notReady(): readonly string[];
}

/** Makes the processor of a configuration. Nothing happens before `start`. */
export function createApp(config: ProcessorConfig, overrides: ProcessorOverrides): ProcessorApp {
  const { log, nowMs = Date.now } = overrides;
  const lifecycle = new Lifecycle({ timeoutMs: config.shutdownTimeoutMs });
  const registry = new Registry();
  const abandoned = new AbortController();
  const parts: ReadinessParts = {};
  let desk: PartitionDesk | undefined;
  let port = 0;

  const metrics = createMetrics(registry, () => desk?.gauges() ?? NO_GAUGES);
  const events = createEvents(metrics, log);
  const fail = (error: Error): void => lifecycle.fail(error);
  collectDefaultMetrics({ register: registry });

  async function start(): Promise<void> {
    try {
      await startParts();
    } catch (error) {
      await lifecycle.stop().catch(() => undefined);
      throw error;
    }
  }

  async function startParts(): Promise<void> {
    const address = { host: config['http.host'], port: config['http.port'] };
    const http = await serveHealth({ ...address, registry, notReady });
    port = http.port;
    lifecycle.onStop('http', () => http.close());

    const database = await openStore(config);
    parts.store = database;
    lifecycle.onStop('database', () => database.close());
    const collections = collectionsOf(database.db);
    await Promise.all([createIndexes(collections), createMessageView(database.db)]);

    const kafka = overrides.kafka ?? clusterOf(config, log, registry);
    await ensureTopics(kafka, layoutOf(config));
    const producer = await kafka.producer({ pace: PRODUCE_PACE });
    lifecycle.onStop('producer', () => producer.close());

    const { signal } = abandoned;
    const writers = writersOf(config, { collections, producer, events, nowMs, signal });
    parts.writers = writers;
    // Whatever could not be written by now is read again at the next start.
    lifecycle.onStop('writers', () => abandoned.abort(new Error('stopped')));
    const group: { consumer: GroupConsumer | null } = { consumer: null };
    const held = deskOf(config, {
      collections,
      writers,
      events,
      nowMs,
      fail,
      consumer: memberOf(group),
    });
    desk = held;
    parts.desk = held;
    const consumer = await joinGroup(config, { kafka, desk: held, fail });
    group.consumer = consumer;
    parts.consumer = consumer;
    lifecycle.onStop('partitions', () => held.dropAll());
    lifecycle.onStop('consumer', () => consumer.close());
    lifecycle.onStop('states', () => held.stop());
    lifecycle.onStop('timers', startTimers(config, held));
  }

  function notReady(): string[] {
    return reasonsNotReady(parts, config['ready.lagSecondsMax']);
  }

  return {
    start,
    stop: () => lifecycle.stop(),
    failed: lifecycle.failed,
    httpPort: () => port,
    notReady,
  };
}

// The first batches may come while the join is being answered.
function memberOf(group: { consumer: GroupConsumer | null }): () => GroupConsumer {
  return () => {
    if (group.consumer === null) throw new Error('the group has not answered yet');
    return group.consumer;
  };
}
