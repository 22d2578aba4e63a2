/** The flat configuration as the parts want it: settings of each part from the names of the table. */
import type { BackoffPolicy } from '@crest/shared/backoff';
import type { CollectorConfig } from './config.ts';
import type { RoomPlanSettings } from './core/room-plan.ts';
import type { ChatIntakeOptions } from './kafka/chat-intake.ts';
import type { OutboxSettings } from './kafka/record-outbox.ts';
import type { SpoolDrainOptions } from './spool/spool-drain.ts';
import type { SpoolSettings } from './spool/spool.ts';
import type { IrcConnectionSettings } from './twitch/irc-connection.ts';
import type { IrcPoolOptions } from './twitch/irc-pool.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A join without an answer: a login that does not exist never gets one, so it is asked ever less often. */
const JOIN_BACKOFF: BackoffPolicy = { initialMs: SECOND, maxMs: 5 * MINUTE, factor: 2 };

/** A refused join: suspensions and bans last, but some end within the evening. */
const REFUSAL_BACKOFF: BackoffPolicy = { initialMs: 5 * SECOND, maxMs: 10 * MINUTE, factor: 2 };

/** A lost connection is a gap that grows: the first attempt comes almost at once. */
const CONNECT_BACKOFF: BackoffPolicy = { initialMs: 250, maxMs: 30 * SECOND, factor: 2 };

/** Kafka that does not answer: the queue is bounded, so there is no hurry, but no long wait either. */
const SEND_BACKOFF: BackoffPolicy = { initialMs: 100, maxMs: 2 * SECOND, factor: 2 };

/** A line that was under way for so many times what Twitch is allowed has waited for us. */
const LATE_ALLOWANCES = 4;

export function intakeSettingsOf(
  config: CollectorConfig,
): Pick<ChatIntakeOptions, 'recentIdsMax' | 'clampMs' | 'lateMs'> {
  return {
    recentIdsMax: config.recentIdsMax,
    clampMs: config.stampClampMs,
    lateMs: config.deliveryAllowanceMs * LATE_ALLOWANCES,
  };
}

export function planSettingsOf(config: CollectorConfig): RoomPlanSettings {
  return {
    roomsPerConnection: config['twitch.roomsPerConnection'],
    joinTimeoutMs: config['twitch.joinTimeoutMs'],
    joinBackoff: JOIN_BACKOFF,
    refusalBackoff: REFUSAL_BACKOFF,
    connectBackoff: CONNECT_BACKOFF,
    joins: { tokens: config['twitch.joinsPer10s'], windowMs: config['twitch.joinWindowMs'] },
    joinScope: config['twitch.joinScope'],
    connects: { tokens: 1, windowMs: config['twitch.connectionIntervalMs'] },
    overlapMs: config['twitch.overlapMs'],
  };
}

/** How far one connection may be read before the others: a fraction of any lateness. */
const AHEAD_ALLOWANCES = 2;

export function poolSettingsOf(
  config: CollectorConfig,
): Pick<IrcPoolOptions, 'settings' | 'order'> {
  const { deliveryAllowanceMs } = config;
  return {
    settings: connectionSettingsOf(config),
    order: {
      aheadMs: deliveryAllowanceMs * AHEAD_ALLOWANCES,
      presentMs: deliveryAllowanceMs * LATE_ALLOWANCES,
    },
  };
}

function connectionSettingsOf(config: CollectorConfig): IrcConnectionSettings {
  return {
    url: config['twitch.ircUrl'],
    connectTimeoutMs: config['twitch.connectTimeoutMs'],
    liveness: {
      pingIntervalMs: config['twitch.pingIntervalMs'],
      idleMs: config['twitch.idleMs'],
      deadlineMs: config['twitch.pingDeadlineMs'],
    },
    frameBytesMax: config['twitch.frameBytesMax'],
    lineCharactersMax: config['twitch.lineCharactersMax'],
  };
}

export function outboxSettingsOf(config: CollectorConfig): OutboxSettings {
  return {
    batchRecordsMax: config['queue.batchRecordsMax'],
    batchPartitionBytesMax: config['queue.batchPartitionBytesMax'],
    lingerMs: config['queue.lingerMs'],
    bytesMax: config['queue.bytesMax'],
    retry: SEND_BACKOFF,
  };
}

export function spoolSettingsOf(config: CollectorConfig): SpoolSettings {
  return {
    bytesMax: config['spool.bytesMax'],
    segmentBytes: config['spool.segmentBytes'],
    ageMaxMs: config['spool.ageMaxMs'],
  };
}

export function drainSettingsOf(
  config: CollectorConfig,
): Pick<SpoolDrainOptions, 'batchRecordsMax' | 'retry'> {
  return { batchRecordsMax: config['queue.batchRecordsMax'], retry: SEND_BACKOFF };
}
