/**
 * Who talks to whom inside the collector: the parts, and the listeners that join them. `app.ts` says
 * when they come up and go down.
 */
import { createEventClock, type EventClock } from '@crest/shared/event-clock';
import type { Kafka, RecordProducer } from '@crest/shared/kafka/port';
import type { Logger } from '@crest/shared/logger';
import { partitionForKey } from '@crest/shared/partition';
import type { TopicNames } from '@crest/shared/topics';
import type { Registry } from 'prom-client';
import type { CollectorConfig } from './config.ts';
import { ObservationBook } from './core/observation-book.ts';
import { RoomDirectory } from './core/room-directory.ts';
import { RoomPlan } from './core/room-plan.ts';
import { type CollectorEvents, createEvents } from './events.ts';
import { ChatIntake } from './kafka/chat-intake.ts';
import { LossTeller } from './kafka/loss-teller.ts';
import { ObservationWriter } from './kafka/observation-writer.ts';
import { type OutboxListener, RecordOutbox } from './kafka/record-outbox.ts';
import { type CollectorGauges, createMetrics, NO_GAUGES } from './metrics.ts';
import { intakeSettingsOf, outboxSettingsOf, planSettingsOf, poolSettingsOf } from './settings.ts';
import { openSpool, spoolUseOf, type SpoolParts } from './spool-wiring.ts';
import { IrcPool, type IrcPoolListener } from './twitch/irc-pool.ts';
import { type WantedListener, WantedReader } from './wanted/wanted-reader.ts';

/** What the parts stand on. */
export interface Surroundings {
  readonly config: CollectorConfig;
  readonly kafka: Kafka;
  readonly producer: RecordProducer;
  readonly topics: TopicNames;
  readonly clock: EventClock;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly registry: Registry;
  /** The collector cannot go on. */
  readonly fail: (error: Error) => void;
}

export interface Parts {
  /** Null without `spool.dir`. */
  readonly spool: SpoolParts | null;
  readonly outbox: RecordOutbox;
  readonly observation: ObservationWriter;
  readonly intake: ChatIntake;
  readonly pool: IrcPool;
  readonly wanted: WantedReader;
  readonly events: CollectorEvents;
}

/**
 * Makes every part and joins them; nothing runs yet, but the spool is open. Each part is made after
 * those that it calls. Three call back against that order, the drain of the spool (Kafka answers), the
 * outbox (full, drained) and the pool (a login's id became known): their listeners reach for the
 * later part when they are called. @throws CrestError SPOOL_UNUSABLE.
 */
export async function wire(surroundings: Surroundings): Promise<Parts> {
  const { config, clock, topics, nowMs, random } = surroundings;
  let isWired = false;
  const eventNowMs = (): number => clock.nowMs();
  const partitionOf = (key: string): number => partitionForKey(key, config['kafka.partitions']);
  const gauges = (): CollectorGauges => (isWired ? gaugesOf(parts, nowMs()) : NO_GAUGES);
  const metrics = createMetrics(surroundings.registry, gauges);
  const events = createEvents(metrics, surroundings.log);
  const directory = new RoomDirectory();

  const { producer } = surroundings;
  const book = new ObservationBook({ readerSet: config.readerSet, partitionOf });
  const losses = lossTellerOf(surroundings, book);
  const spool = await openSpool({ config, producer, nowMs, events, losses, outbox: () => outbox });
  const outbox: RecordOutbox = new RecordOutbox({
    producer,
    settings: outboxSettingsOf(config),
    spoolUse: spoolUseOf(config, spool),
    listener: outboxListener(() => parts, events),
  });
  const observation = new ObservationWriter({
    book,
    sink: outbox,
    topics,
    tickIntervalMs: config.tickIntervalMs,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    allowanceMs: config.deliveryAllowanceMs,
    nowMs,
    eventNowMs,
    readUpTo: (eventMs, patienceMs) => pool.readUpTo(eventMs, patienceMs),
    onTicked: (handedOver) => {
      intake.ticked();
      wanted.ticked(handedOver);
    },
    events,
  });
  const intake = new ChatIntake({
    sink: outbox,
    topics,
    directory,
    partitionOf,
    ...intakeSettingsOf(config),
    readerIn: (partition) => book.readerIn(partition),
    nowMs,
    eventNowMs,
    events,
  });
  const pool = new IrcPool({
    plan: new RoomPlan(planSettingsOf(config)),
    ...poolSettingsOf(config),
    listener: poolListener(() => parts, { events, directory }),
    nowMs,
    eventNowMs,
    random,
  });
  const wanted = new WantedReader({
    kafka: surroundings.kafka,
    groupId: `${config['kafka.topicPrefix']}crest-collector-${config.readerSet}`,
    topics,
    readerSet: config.readerSet,
    listener: wantedListener({ observation, pool, directory, events, fail: surroundings.fail }),
    put: (record) => outbox.put(record),
    partitionOf,
    handOverMs: config.handOverMs,
    nowMs,
    random,
  });
  const parts: Parts = { spool, outbox, observation, intake, pool, wanted, events };
  isWired = true;
  return parts;
}

function lossTellerOf({ config, topics, nowMs }: Surroundings, book: ObservationBook): LossTeller {
  return new LossTeller({
    topic: topics.channelEvents,
    readerSet: config.readerSet,
    held: () => book.writers,
    eventAtMs: (wallMs) => createEventClock(config.eventClock, () => wallMs).nowMs(),
    nowMs,
  });
}

function outboxListener(parts: () => Parts, events: CollectorEvents): OutboxListener {
  return {
    onSent: (records, seconds) => events.recordsSent(records.length, seconds),
    onSendFailed: (error) => events.sendFailed(error),
    onFull: () => {
      const { pool, outbox } = parts();
      pool.pause();
      events.queueFull(outbox.depth.bytes);
    },
    onDrained: () => {
      const { pool, outbox } = parts();
      pool.resume();
      events.queueDrained(outbox.depth.bytes);
    },
    onSpooling: () => events.spoolingBegan(),
    onDirect: () => events.spoolingEnded(),
    onSpoolRefused: (outcome) => {
      events.spoolRefused(outcome.reason, outcome.reason === 'failed' ? outcome.error : undefined);
    },
  };
}

function poolListener(
  parts: () => Parts,
  { events, directory }: { events: CollectorEvents; directory: RoomDirectory },
): IrcPoolListener {
  return {
    onChat: (line) => parts().intake.take(line),
    onPlainChat: (line) => parts().intake.takePlain(line),
    onUnreadable: (line, reason) => parts().intake.refuse(line, reason),
    onCommand: (command) => events.lineRead(command),
    onRoomRead: (login, channelId) => {
      const { observation, wanted } = parts();
      directory.learn(login, channelId);
      observation.roomRead(login, channelId);
      if (wanted.resolve(login, channelId)) events.loginResolved(login, channelId);
      events.roomRead(login, channelId);
    },
    onRoomLost: (login, reason, vouchedMs) => {
      const isSaid = parts().observation.roomLost(login, reason, vouchedMs);
      events.roomLost(login, isSaid ? reason : 'handed_over', vouchedMs);
    },
    onJoinTimeout: (login) => {
      refused(parts(), login, 'join_timeout');
      events.joinTimedOut(login);
    },
    onJoinRefused: (login, refusal) => {
      refused(parts(), login, 'refused');
      events.joinRefused(login, refusal);
    },
    onConnectionReady: (connection) => events.connectionReady(connection),
    onConnectionEnd: (connection, end) => events.connectionEnded(connection, end),
  };
}

function refused(
  { wanted, observation }: Parts,
  login: string,
  reason: 'refused' | 'join_timeout',
): void {
  const channelId = wanted.channelIdOf(login);
  if (channelId !== null) observation.roomRefused(login, channelId, reason);
}

function wantedListener(
  told: Pick<Parts, 'observation' | 'pool'> & {
    directory: RoomDirectory;
    events: CollectorEvents;
    fail: (error: Error) => void;
  },
): WantedListener {
  const { observation, pool, directory, events, fail } = told;
  return {
    onWanted: (logins) => {
      pool.want(logins);
      directory.keepOnly(logins);
    },
    onHeld: (partition, generation) => {
      observation.hold(partition, generation);
      events.partitionTaken(partition, generation);
    },
    onLeaving: (partition) => {
      observation.leave(partition);
      events.partitionLeaving(partition);
    },
    onStaying: (partition) => observation.stay(partition),
    onReleased: (partition) => {
      observation.release(partition);
      events.partitionReleased(partition);
    },
    onRoomRead: (room, read) => {
      observation.readBy(room, read);
    },
    onLeavingGroup: (partitions) => events.groupLeft(partitions),
    onUnreadable: (partition, reason) => events.wantedUnreadable(partition, reason),
    onTakeOverFailed: (error, attempt) => events.takeOverFailed(error, attempt),
    onFailed: fail,
  };
}

function gaugesOf(parts: Parts, nowMs: number): CollectorGauges {
  const { pool, outbox, observation, spool } = parts;
  const oldestMs = spool?.spool.oldestMs ?? nowMs;
  const counts = pool.counts();
  const { records, bytes } = outbox.depth;
  return {
    roomsWanted: counts.wanted,
    roomsConfirmed: counts.confirmed,
    roomsJoining: counts.joining,
    connections: {
      connecting: counts.connecting,
      open: counts.open,
      retiring: counts.retiring,
    },
    limiterTokens: { joins: counts.joinTokens, connects: counts.connectTokens },
    queueRecords: records,
    queueBytes: bytes,
    waitingBytes: pool.waitingBytes,
    partitionsHeld: observation.heldPartitions.length,
    spoolBytes: spool?.spool.bytes ?? 0,
    spoolOldestAgeSeconds: (nowMs - oldestMs) / 1000,
    isSpooling: outbox.isSpooling,
  };
}
