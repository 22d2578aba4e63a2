/**
 * The collector as a whole: its parts come up in the order of `start`, read from top to bottom, and
 * go down in the opposite one. `wiring.ts` says who talks to whom.
 *
 * What a crash may lose: lines that were read and that neither Kafka nor the spool had acknowledged.
 * The ticks behind them were not acknowledged either, so those lines lie in the gap that is recorded.
 * What may be repeated: a batch whose acknowledgement was lost; readers drop it by message id. What the
 * spool holds when the process ends, the next one with the same directory sends first.
 *
 * Kafka may be away: a start waits for it, with the spool open, and says so in its readiness. Stopping
 * begins with the group: what we held is read on until other collectors read it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type BackoffPolicy } from '@crest/shared/backoff';
import { errorCodeOf } from '@crest/shared/errors';
import { createEventClock } from '@crest/shared/event-clock';
import { serveHealth } from '@crest/shared/health';
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { Kafka } from '@crest/shared/kafka/port';
import { countPredecessors } from '@crest/shared/kafka/predecessor-counter';
import { type App, Lifecycle } from '@crest/shared/lifecycle';
import type { Logger } from '@crest/shared/logger';
import { topicNames } from '@crest/shared/topics';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { CollectorConfig } from './config.ts';
import { ensureTopics } from '@crest/shared/ensure-topics';
import { LateProducer } from './kafka/late-producer.ts';
import { type Parts, wire } from './wiring.ts';

/** Share of the time for stopping in which the spool is still drained, if Kafka takes it. */
const DRAIN_SHARE = 0.4;

/** Share of it in which others may take over what we held. */
const HAND_OVER_SHARE = 0.4;

const KAFKA_BACKOFF: BackoffPolicy = { initialMs: 250, maxMs: 2_000, factor: 2 };

/** What a test may replace. */
export interface CollectorOverrides {
  readonly log: Logger;
  /** Default: the cluster of `kafka.brokers`. */
  readonly kafka?: Kafka;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs?: () => number;
  /** In [0, 1): jitter and nicks. */
  readonly random?: () => number;
}

export interface CollectorApp extends App {
  /** Port of `/metrics`, `/livez` and `/readyz`, once started. */
  httpPort(): number;
  /** Reasons why it is not ready; none when it is. */
  notReady(): readonly string[];
}

/** Makes the collector of a configuration. Nothing happens before `start`. */
export function createApp(config: CollectorConfig, overrides: CollectorOverrides): CollectorApp {
  const { log, nowMs = Date.now, random = Math.random } = overrides;
  const lifecycle = new Lifecycle({ timeoutMs: config.shutdownTimeoutMs });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  let parts: Parts | undefined;
  let port = 0;

  async function start(): Promise<void> {
    const http = await serveHealth({
      host: config['http.host'],
      port: config['http.port'],
      registry,
      notReady,
    });
    port = http.port;
    lifecycle.onStop('http', () => http.close());

    const kafka = overrides.kafka ?? clusterOf(config, log, registry);
    const producer = new LateProducer(kafka);
    lifecycle.onStop('producer', () => producer.close());

    parts = await wire({
      config,
      kafka,
      producer,
      topics: topicNames(config['kafka.topicPrefix']),
      clock: createEventClock(config.eventClock, nowMs),
      nowMs,
      random,
      log,
      registry,
      fail: (error) => lifecycle.fail(error),
    });
    run(parts, lifecycle, config.shutdownTimeoutMs);
    await join(parts, { kafka, config, random, signal: lifecycle.signal });
  }

  function notReady(): readonly string[] {
    if (parts === undefined) return ['starting'];
    const reasons = [parts.wanted.notReady()];
    if (parts.outbox.isFailing) reasons.push('Kafka does not take records');
    if (!parts.pool.allTried()) reasons.push('rooms are still to be joined');
    return reasons.filter((reason) => reason !== null);
  }

  async function startOrStop(): Promise<void> {
    try {
      await start();
    } catch (error) {
      await lifecycle.stop().catch(() => undefined);
      throw error;
    }
  }

  return {
    start: startOrStop,
    stop: () => lifecycle.stop(),
    failed: lifecycle.failed,
    httpPort: () => port,
    notReady,
  };
}

interface Joining {
  readonly kafka: Kafka;
  readonly config: CollectorConfig;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Takes up work as soon as Kafka answers. @throws CrestError KAFKA_TOPIC_MISMATCH. */
async function join({ wanted, events }: Parts, joining: Joining): Promise<void> {
  const { kafka, config, random, signal } = joining;
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      await ensureTopics(kafka, {
        prefix: config['kafka.topicPrefix'],
        partitions: config['kafka.partitions'],
        replicationFactor: config['kafka.replicationFactor'],
      });
      return await wanted.start();
    } catch (error) {
      if (errorCodeOf(error) === 'KAFKA_TOPIC_MISMATCH') throw error;
      events.waitingForKafka(error, attempt);
      const delayMs = backoffMs(KAFKA_BACKOFF, attempt, random());
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Brings the parts up; each registers how it goes down. */
function run(parts: Parts, lifecycle: Lifecycle, stopMs: number): void {
  const { spool, outbox, observation, pool, wanted } = parts;
  const drainMs = stopMs * DRAIN_SHARE;
  if (spool !== null) {
    lifecycle.onStop('spool', () => spool.spool.close());
    lifecycle.onStop('spool: drain', () => spool.drain.stop());
    lifecycle.onStop('spool: what waits', () => spool.drain.finish(drainMs));
    spool.drain.start();
  }
  // Two steps: whatever happens to the flush, the loop of the outbox ends.
  lifecycle.onStop('outbox', () => outbox.close());
  lifecycle.onStop('outbox: what waits', () => outbox.flushed());
  observation.start();
  lifecycle.onStop('observation', () => observation.stop());
  pool.start();
  lifecycle.onStop('twitch', () => pool.stop());
  lifecycle.onStop('channels.wanted', () => wanted.stop());
  lifecycle.onStop('channels.wanted: hand over', () => wanted.leave(stopMs * HAND_OVER_SHARE));
}

function clusterOf(config: CollectorConfig, log: Logger, registry: Registry): Kafka {
  return createKafka({
    brokers: config['kafka.brokers'],
    clientId: 'crest-collector',
    instance: config.instance,
    onPredecessor: countPredecessors(registry),
    sessionTimeoutMs: config['kafka.sessionTimeoutMs'],
    log: log.child({ part: 'kafka' }),
  });
}
