/**
 * One function for each thing worth knowing: it counts (few labels) and logs (all details) in one
 * call. Text that people wrote is never logged.
 */
import { errorCodeOf } from '@crest/shared/errors';
import type { Logger } from '@crest/shared/logger';
import type { UnobservedReason } from '@crest/shared/records/room-observed';
import type { JoinRefusal } from './core/join-refusal.ts';
import {
  COUNTED_COMMANDS,
  type CollectorMetrics,
  type CountedCommand,
  type SpoolRefusal,
} from './metrics.ts';
import type { DropReason } from './spool/spool.ts';
import type { ConnectionEnd } from './twitch/irc-connection.ts';

export type CollectorEvents = ReturnType<typeof createEvents>;

const COUNTED: ReadonlySet<string> = new Set(COUNTED_COMMANDS);

/** Binds the events to where they are counted and logged. */
export function createEvents(metrics: CollectorMetrics, log: Logger) {
  return {
    ...chatEvents(metrics, log),
    ...roomEvents(metrics, log),
    ...kafkaEvents(metrics, log),
    ...spoolEvents(metrics, log),
  };
}

function chatEvents(metrics: CollectorMetrics, log: Logger) {
  return {
    lineRead(command: string): void {
      metrics.lines[COUNTED.has(command) ? (command as CountedCommand) : 'other'] += 1;
    },
    lineUnreadable(reason: string, characters: number): void {
      metrics.deadLetters.inc();
      log.debug({ reason, characters }, 'line went to the dead letters');
    },
    duplicateDropped(): void {
      metrics.duplicates.inc();
    },
    stampClamped(channelId: string, aheadMs: number): void {
      metrics.clampedStamps.inc();
      log.debug({ channelId, aheadMs }, 'stamp lay too far ahead');
    },
  };
}

function roomEvents(metrics: CollectorMetrics, log: Logger) {
  return {
    roomRead(channelLogin: string, channelId: string): void {
      log.debug({ channelLogin, channelId }, 'room is read');
    },
    roomLost(channelLogin: string, reason: UnobservedReason, vouchedMs: number): void {
      metrics.roomsLost.inc({ reason });
      log.debug({ channelLogin, reason, vouchedMs }, 'room is no longer read');
    },
    loginResolved(channelLogin: string, channelId: string): void {
      log.info({ channelLogin, channelId }, 'id of a wanted login became known');
    },
    joinTimedOut(channelLogin: string): void {
      metrics.joinTimeouts.inc();
      log.warn({ channelLogin }, 'join was not answered, trying again');
    },
    joinRefused(channelLogin: string, refusal: JoinRefusal): void {
      metrics.joinRefusals.inc({ reason: refusal });
      log.warn({ channelLogin, refusal }, 'join was refused');
    },
    connectionReady(connection: number): void {
      log.info({ connection }, 'connection to Twitch is up');
    },
    connectionEnded(connection: number, end: ConnectionEnd): void {
      metrics.connectionEnds.inc({ reason: end });
      if (end === 'asked') log.info({ connection }, 'connection to Twitch closed');
      else log.warn({ connection, end }, 'connection to Twitch lost');
    },
  };
}

function kafkaEvents(metrics: CollectorMetrics, log: Logger) {
  let failingCode: string | null = null;
  return {
    recordsSent(count: number, seconds: number): void {
      metrics.records.inc(count);
      metrics.sendSeconds.observe(seconds);
      if (failingCode !== null) log.info('Kafka takes records again');
      failingCode = null;
    },
    sendFailed(error: unknown): void {
      metrics.sendFailures.inc();
      const code = errorCodeOf(error) ?? 'unknown';
      if (code !== failingCode) log.warn({ err: error }, 'sending to Kafka failed, trying again');
      failingCode = code;
    },
    queueFull(bytes: number): void {
      metrics.queueFull.inc();
      log.warn({ bytes }, 'queue to Kafka is full, reading stops');
    },
    queueDrained(bytes: number): void {
      log.info({ bytes }, 'queue to Kafka has room again, reading goes on');
    },
    ticked(partitions: number): void {
      metrics.ticks.inc(partitions);
    },
    heartbeatSent(nowMs: number): void {
      metrics.lastHeartbeat.set(nowMs / 1000);
    },
    partitionTaken(partition: number, generation: number): void {
      log.debug({ partition, generation }, 'partition of channels.wanted taken over');
    },
    partitionLeaving(partition: number): void {
      log.debug({ partition }, 'partition of channels.wanted goes to another collector');
    },
    groupLeft(partitions: number): void {
      log.info({ partitions }, 'left the group, reading on until others have taken over');
    },
    waitingForKafka(error: unknown, attempt: number): void {
      if (attempt === 0) log.warn({ err: error }, 'Kafka does not answer, waiting for it');
    },
    partitionReleased(partition: number): void {
      log.info({ partition }, 'partition of channels.wanted released');
    },
    takeOverFailed(error: unknown, attempt: number): void {
      if (attempt === 0) log.warn({ err: error }, 'partitions not taken over yet, trying again');
    },
    wantedUnreadable(partition: number, reason: string): void {
      metrics.deadLetters.inc();
      log.warn({ partition, reason }, 'record of channels.wanted cannot be read');
    },
  };
}

function spoolEvents({ spool }: CollectorMetrics, log: Logger) {
  let refusedFor: SpoolRefusal | null = null;
  let isTroubled = false;
  return {
    spoolingBegan(): void {
      log.warn('Kafka does not take records in time, they go to the spool');
    },
    spoolingEnded(): void {
      log.info('the spool is drained, records go to Kafka again');
    },
    spoolFound(bytes: number, ageMs: number): void {
      log.warn({ bytes, ageMs }, 'an earlier process left records in the spool');
    },
    spoolAppended(records: number, fsyncSeconds: number): void {
      spool.appended.inc(records);
      spool.fsyncSeconds.observe(fsyncSeconds);
      if (refusedFor !== null || isTroubled) log.info('the spool takes records again');
      refusedFor = null;
      isTroubled = false;
    },
    spoolDrained(records: number): void {
      spool.drained.inc(records);
    },
    spoolDropped(records: number, reason: DropReason): void {
      spool.dropped.inc({ reason }, records);
      log.warn({ records, reason }, 'records of the spool were given up');
    },
    spoolCorrupt(records: number): void {
      spool.corrupt.inc(records);
      log.error({ records }, 'records of the spool are damaged');
    },
    spoolTorn(bytes: number): void {
      spool.torn.inc();
      log.warn({ bytes }, 'a torn tail of the spool was cut');
    },
    spoolRefused(reason: SpoolRefusal, error: unknown): void {
      spool.refused.inc({ reason });
      if (reason !== refusedFor) log.warn({ reason, err: error }, 'the spool takes no records');
      refusedFor = reason;
    },
    spoolTroubled(error: unknown): void {
      spool.troubles.inc();
      if (!isTroubled) log.warn({ err: error }, 'the disk of the spool fails');
      isTroubled = true;
    },
  };
}
