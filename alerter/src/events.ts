/** One function for each thing worth knowing: it counts, and it logs with the details. */
import { errorCodeOf } from '@crest/shared/errors';
import type { ConsumedBatch } from '@crest/shared/kafka/port';
import type { Logger } from '@crest/shared/logger';
import type { Heartbeat } from '@crest/shared/records/heartbeat';
import { gsm7Length } from './core/gsm7.ts';
import type { Firing } from './core/partition-fold.ts';
import type { Routed } from './core/stages.ts';
import type { AlerterMetrics } from './metrics.ts';
import type { OutboxStatus, OpenState } from './outbox/outbox-store.ts';
import type { SenderEvents } from './outbox/sender.ts';
import type { PartitionDeskEvents } from './partitions/partition-desk.ts';
import type { UnreadableRecord } from './partitions/partition.ts';
import type { DestinationDeskEvents } from './rules/destination-desk.ts';
import type { RuleSourceEvents } from './rules/rule-source.ts';

export interface AlerterEvents
  extends SenderEvents, PartitionDeskEvents, RuleSourceEvents, DestinationDeskEvents {
  rulesChanged(rules: number): void;
  rulesUnread(error: unknown): void;
  countersUnwritten(error: unknown): void;
  destinationsPrepared(facts: { inTime: boolean }): void;
  /** Episodes were found, alerts of them put into the outbox, others not. */
  told(firings: readonly Firing[], routed: Routed, inserted: ReadonlySet<string>): void;
  recordBuried(letter: UnreadableRecord): void;
  heartbeatPassed(heartbeat: Heartbeat, atMs: number): void;
  heartbeatUnnoted(error: unknown): void;
  outboxSeen(status: OutboxStatus, inFlight: number): void;
}

export interface EventSinks {
  readonly metrics: AlerterMetrics;
  readonly log: Logger;
  /** Wall clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** The short name of a topic: `windows` or `spikes`. */
  readonly topicLabel: (topic: string) => 'windows' | 'spikes';
}

export function createEvents(sinks: EventSinks): AlerterEvents {
  return {
    ...ruleEvents(sinks),
    ...tellingEvents(sinks),
    ...partitionEvents(sinks),
    ...passingEvents(sinks),
  };
}

function ruleEvents({ metrics, log }: EventSinks) {
  return {
    rulesChanged: (rules: number) => {
      metrics.rulesLoaded.set(rules);
      log.info({ rules }, 'rules changed');
    },
    rulesUnread: (error: unknown) => {
      metrics.databaseFailures.inc();
      log.warn({ err: error }, 'rules not read, the old ones stay in force');
    },
    countersUnwritten: (error: unknown) => log.warn({ err: error }, 'counters not asked for yet'),
    documentRefused: (collection: string, id: string, reason: string) => {
      metrics.documentsRefused.inc();
      log.warn({ collection, id, reason }, 'document left out');
    },
    documentsOverLimit: (collection: string, documentsMax: number) => {
      metrics.documentsRefused.inc();
      log.warn({ collection, documentsMax }, 'more documents than the limit');
    },
    followFailed: (result: { outcome: string; reason: string }) => {
      metrics.followsFailed.inc();
      const { outcome, reason } = result;
      log.debug({ outcome, reason }, 'follower not put on the theme');
    },
    destinationsPrepared: ({ inTime }: { inTime: boolean }) => {
      if (inTime) log.info('destinations prepared');
      else log.warn('destinations are still being prepared');
    },
  } satisfies Partial<AlerterEvents>;
}

function tellingEvents({ metrics, log, nowMs }: EventSinks) {
  return {
    told: (firings: readonly Firing[], routed: Routed, inserted: ReadonlySet<string>) => {
      for (const { rule, channelId, episode } of firings) {
        metrics.episodes.inc({ kind: rule.condition.kind });
        const { early, value } = episode;
        log.debug({ ruleId: rule._id, channelId, early, value }, 'episode');
      }
      for (const { reason } of routed.stopped) metrics.suppressed.inc({ reason });
      const repeats = routed.alerts.length - inserted.size;
      if (repeats > 0) metrics.suppressed.inc({ reason: 'told-already' }, repeats);
    },
    attempted: (entry, result, change) => {
      const protocol = entry.destination.kind;
      const outcome = change.state === 'failed' ? 'failed' : result.outcome;
      metrics.sends.inc({ protocol, outcome: outcome === 'rejected' ? 'failed' : outcome });
      const facts = { alertId: entry._id, attempts: entry.attempts };
      if (result.outcome === 'accepted') {
        metrics.dueToSent.observe(Math.max(0, nowMs() - entry.createdAtMs) / 1000);
        if (protocol === 'sms') {
          metrics.smsParts.inc(Math.ceil((gsm7Length(entry.smsText) ?? 160) / 160));
        }
        log.debug(facts, 'alert sent');
      } else if (change.state === 'failed') {
        log.warn({ ...facts, reason: result.reason }, 'alert given up');
      } else if (entry.lastError !== result.reason) {
        log.warn({ ...facts, reason: result.reason }, 'alert not sent, trying again');
      }
    },
    leaseLost: ({ _id }) => {
      metrics.leasesLost.inc();
      log.warn({ alertId: _id }, 'woke too late to send');
    },
    overtaken: ({ _id }) => {
      metrics.overtaken.inc();
      log.warn({ alertId: _id }, 'taken over by another process during the send');
    },
    outboxFailed: (error: unknown) => {
      metrics.databaseFailures.inc();
      log.warn({ err: error }, 'the outbox does not answer');
    },
    outboxSeen: ({ byState, oldestDueAtMs }: OutboxStatus, inFlight: number) => {
      for (const [state, entries] of Object.entries(byState) as [OpenState, number][]) {
        metrics.outboxEntries.set({ state }, entries);
      }
      metrics.oldestDueTimestamp.set((oldestDueAtMs ?? 0) / 1000);
      metrics.sendsInFlight.set(inFlight);
    },
  } satisfies Partial<AlerterEvents>;
}

function partitionEvents({ metrics, log, nowMs, topicLabel }: EventSinks) {
  const behind = new Map<string, { records: number; seconds: number }>();
  const showLag = (topic: 'windows' | 'spikes'): void => {
    const mine = [...behind].filter(([key]) => key.startsWith(topic)).map(([, lag]) => lag);
    metrics.lagRecords.set(
      { topic },
      mine.reduce((sum, { records }) => sum + records, 0),
    );
    metrics.lagSeconds.set({ topic }, Math.max(0, ...mine.map(({ seconds }) => seconds)));
  };
  const forget = (partition: number): void => {
    for (const topic of ['windows', 'spikes'] as const) {
      behind.delete(`${topic}/${partition}`);
      showLag(topic);
    }
  };
  return {
    snapshotUnreadable: (partition: number, reason: string) => {
      metrics.snapshotsUnreadable.inc();
      log.error({ partition, reason }, 'snapshot unreadable, folding again from the log');
    },
    partitionTaken: (partition: number, facts: { epoch: number; from: string }) => {
      metrics.partitions.inc();
      log.info({ partition, ...facts }, 'partition taken over');
    },
    partitionGiven: (partition: number) => {
      metrics.partitions.dec();
      forget(partition);
      log.info({ partition }, 'partition given up');
    },
    partitionFenced: (partition: number) => {
      metrics.fenced.inc();
      metrics.partitions.dec();
      forget(partition);
      log.warn({ partition }, 'partition taken over by another process');
    },
    snapshotSaved: (partition: number, { bytes }: { bytes: number }) => {
      metrics.snapshots.inc();
      metrics.snapshotBytes.inc(bytes);
      log.debug({ partition, bytes }, 'snapshot saved');
    },
    retrying: (what, partition, error) => {
      if (what !== 'commit') metrics.databaseFailures.inc();
      const level = what === 'commit' ? 'debug' : 'warn';
      log[level]({ partition, what, code: errorCodeOf(error), err: error }, 'trying again');
    },
    batchDone: ({ topic, partition, records, endOffset }: ConsumedBatch) => {
      const last = records.at(-1);
      if (last === undefined) return;
      const label = topicLabel(topic);
      metrics.records.inc({ topic: label }, records.length);
      behind.set(`${label}/${partition}`, {
        records: Math.max(0, endOffset - last.offset - 1),
        seconds: Math.max(0, nowMs() - last.timestampMs) / 1000,
      });
      showLag(label);
    },
  } satisfies Partial<AlerterEvents>;
}

function passingEvents({ metrics, log }: EventSinks) {
  return {
    recordBuried: ({ topic, partition, record, reason }: UnreadableRecord) => {
      metrics.deadLetters.inc();
      log.warn({ topic, partition, offset: record.offset, reason }, 'record put aside');
    },
    heartbeatPassed: (heartbeat: Heartbeat, atMs: number) => {
      const stages = { ...heartbeat.stages, alerter: atMs };
      for (const [stage, at] of Object.entries(stages)) metrics.heartbeat.set({ stage }, at / 1000);
    },
    heartbeatUnnoted: (error: unknown) => log.warn({ err: error }, 'heartbeat not written down'),
  } satisfies Partial<AlerterEvents>;
}
