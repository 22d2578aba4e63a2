/** Every metric of the alerter. No rule, channel or user is ever a label. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { HEARTBEAT_STAGES } from '@crest/shared/records/heartbeat';
import { SUPPRESSED_REASONS } from './core/stages.ts';
import { OPEN_STATES } from './outbox/outbox-store.ts';

/** What came of a try: delivered to the provider, to be tried again, or given up. */
export const SEND_OUTCOMES = ['accepted', 'retry', 'failed'] as const;
export type SendOutcome = (typeof SEND_OUTCOMES)[number];
export const PROTOCOLS = ['email', 'sms', 'theme'] as const;
export const CONDITION_KINDS = ['messages', 'spike', 'phrase'] as const;

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900];

export type AlerterMetrics = ReturnType<typeof createMetrics>;

/** Makes all metrics in a registry, those with labels set to 0. */
export function createMetrics(registry: Registry) {
  const metrics = { ...telling(registry), ...outbox(registry), ...reading(registry) };
  for (const kind of CONDITION_KINDS) metrics.episodes.inc({ kind }, 0);
  for (const reason of SUPPRESSED_REASONS) metrics.suppressed.inc({ reason }, 0);
  for (const protocol of PROTOCOLS) {
    for (const outcome of SEND_OUTCOMES) metrics.sends.inc({ protocol, outcome }, 0);
  }
  for (const stage of HEARTBEAT_STAGES) metrics.heartbeat.set({ stage }, 0);
  for (const state of OPEN_STATES) metrics.outboxEntries.set({ state }, 0);
  for (const topic of ['windows', 'spikes']) {
    metrics.records.inc({ topic }, 0);
    metrics.lagRecords.set({ topic }, 0);
    metrics.lagSeconds.set({ topic }, 0);
  }
  return metrics;
}

function telling(registry: Registry) {
  return {
    episodes: new Counter({
      name: 'crest_alerter_episodes_total',
      help: 'Episodes of rules found, by the kind of condition.',
      labelNames: ['kind'],
      registers: [registry],
    }),
    suppressed: new Counter({
      name: 'crest_alerter_suppressed_total',
      help: 'Alerts that were not put into the outbox, by reason.',
      labelNames: ['reason'],
      registers: [registry],
    }),
    sends: new Counter({
      name: 'crest_alerter_sends_total',
      help: 'Tries to send an alert, by kind of destination and outcome.',
      labelNames: ['protocol', 'outcome'],
      registers: [registry],
    }),
    smsParts: new Counter({
      name: 'crest_alerter_sms_parts_total',
      help: 'Parts of SMS that the provider accepted; each is billed.',
      registers: [registry],
    }),
    dueToSent: new Histogram({
      name: 'crest_alerter_due_to_sent_seconds',
      help: 'From the decision to tell somebody to the provider accepting it.',
      buckets: SECONDS,
      registers: [registry],
    }),
  };
}

function outbox(registry: Registry) {
  return {
    outboxEntries: new Gauge({
      name: 'crest_alerter_outbox_entries',
      help: 'Entries of the outbox that are not sent, by state.',
      labelNames: ['state'],
      registers: [registry],
    }),
    oldestDueTimestamp: new Gauge({
      name: 'crest_alerter_outbox_oldest_due_timestamp_seconds',
      help: 'When the entry that is due longest became so; 0 when none is due.',
      registers: [registry],
    }),
    leasesLost: new Counter({
      name: 'crest_alerter_leases_lost_total',
      help: 'Sends that were not begun because the lease on them was over.',
      registers: [registry],
    }),
    overtaken: new Counter({
      name: 'crest_alerter_overtaken_total',
      help: 'Sends after which somebody else had taken the entry over: each may be a repeat.',
      registers: [registry],
    }),
    sendsInFlight: new Gauge({
      name: 'crest_alerter_sends_in_flight',
      help: 'Alerts that are being sent now.',
      registers: [registry],
    }),
    databaseFailures: new Counter({
      name: 'crest_alerter_database_failures_total',
      help: 'Calls to the database that failed and are made again.',
      registers: [registry],
    }),
    rulesLoaded: new Gauge({
      name: 'crest_alerter_rules_loaded',
      help: 'Rules in force.',
      registers: [registry],
    }),
    documentsRefused: new Counter({
      name: 'crest_alerter_documents_refused_total',
      help: 'Rules and themes that are malformed or over the limit and were left out.',
      registers: [registry],
    }),
    followsFailed: new Counter({
      name: 'crest_alerter_follows_failed_total',
      help: 'Tries to put a follower on the topic of a theme that failed.',
      registers: [registry],
    }),
  };
}

function reading(registry: Registry) {
  return {
    records: new Counter({
      name: 'crest_alerter_records_total',
      help: 'Records read, by topic.',
      labelNames: ['topic'],
      registers: [registry],
    }),
    deadLetters: new Counter({
      name: 'crest_alerter_dead_letters_total',
      help: 'Records that could not be read and were put aside.',
      registers: [registry],
    }),
    tooLate: new Gauge({
      name: 'crest_alerter_counts_too_late',
      help: 'Corrections that came too late for any rule, in the partitions held now.',
      registers: [registry],
    }),
    partitions: new Gauge({
      name: 'crest_alerter_partitions_held',
      help: 'Partitions that this process holds.',
      registers: [registry],
    }),
    lagRecords: new Gauge({
      name: 'crest_alerter_lag_records',
      help: 'Records between the last one handled and the end, over all partitions held.',
      labelNames: ['topic'],
      registers: [registry],
    }),
    lagSeconds: new Gauge({
      name: 'crest_alerter_lag_seconds',
      help: 'Age of the last record handled in the partition that is furthest behind.',
      labelNames: ['topic'],
      registers: [registry],
    }),
    untold: new Gauge({
      name: 'crest_alerter_episodes_waiting',
      help: 'Episodes found that are not in the outbox yet.',
      registers: [registry],
    }),
    snapshotsUnreadable: new Counter({
      name: 'crest_alerter_snapshots_unreadable_total',
      help: 'Snapshots that could not be read: the partition was folded again from the log.',
      registers: [registry],
    }),
    snapshots: new Counter({
      name: 'crest_alerter_snapshots_total',
      help: 'Snapshots saved.',
      registers: [registry],
    }),
    snapshotBytes: new Counter({
      name: 'crest_alerter_snapshot_bytes_total',
      help: 'Bytes of state saved in snapshots.',
      registers: [registry],
    }),
    fenced: new Counter({
      name: 'crest_alerter_fenced_total',
      help: 'Partitions dropped because another process had taken them over.',
      registers: [registry],
    }),
    heartbeat: new Gauge({
      name: 'crest_pipeline_heartbeat_timestamp_seconds',
      help: 'When each stage had the last heartbeat that came through, wall time.',
      labelNames: ['stage'],
      registers: [registry],
    }),
  };
}
