/** Judges a run where it left its traces: the ledger, Kafka, the database and the inbox. */
import { parseEventClock } from '@crest/shared/event-clock';
import { createKafka } from '@crest/shared/kafka/kafkajs';
import type { ConsumedRecord } from '@crest/shared/kafka/port';
import type { Logger } from '@crest/shared/logger';
import { openDatabase } from '@crest/shared/mongo';
import { topicNames } from '@crest/shared/topics';
import { detectAll } from '@crest/processor/core/detector-batch';
import { DETECTOR_DEFAULTS, type DetectorSettings } from '@crest/processor/core/detector';
import type { InboxEntry } from '@crest/simulator/inbox/inbox-entry';
import { readInboxFile } from '@crest/simulator/inbox/inbox-file';
import { readLedger } from '@crest/simulator/ledger/ledger-reader';
import type { Disturbance } from '../core/chaos/disturbance.ts';
import { eventDelays } from '../core/replay-clock.ts';
import { judgeRun, type DetectSpikes, type JudgeStep } from './judge-run.ts';
import type { Difference, RunReport } from './run-report.ts';
import type { RunSources } from './run-sources.ts';
import { StoredRun } from './stored-run.ts';

/** The alerter's own default for sends in flight (semantics.md, Rules and alerts). */
const SENDS_IN_FLIGHT_MAX = 8;

export interface VerifyOptions {
  readonly ledgerFile: string;
  readonly inboxFile: string;
  readonly mongodb: { readonly url: string; readonly database: string };
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly topicPrefix: string;
    readonly partitions: number;
  };
  readonly log: Logger;
  /** What the processor's detector was told; its defaults where undefined. */
  readonly detector?: DetectorSettings | undefined;
  /** Event milliseconds; what `crest up` told the processor where undefined. */
  readonly latenessMs?: number | undefined;
  /** Kills of alerters that were ordered or happened. */
  readonly alerterKills: number;
  readonly sendsInFlightMax?: number | undefined;
  /** Starts of services beyond the first of each. */
  readonly restarts: number;
  /** What happened to the parts; gaps are not asked for their cause where undefined. */
  readonly disturbances?: readonly Disturbance[] | undefined;
  /** Collector processes; default 1. */
  readonly collectors?: number | undefined;
  readonly onProgress?: ((step: JudgeStep) => void) | undefined;
}

/**
 * Judges a run that is over, or that stands still. Nothing is changed anywhere.
 * @throws CrestError KAFKA_UNAVAILABLE or MONGODB_UNAVAILABLE; Error where the ledger is malformed.
 */
export async function verifyRun(options: VerifyOptions): Promise<RunReport> {
  const database = await openDatabase({ ...options.mongodb });
  const unreadable: Difference[] = [];
  const detector = options.detector ?? DETECTOR_DEFAULTS;
  const speed = await speedOf(options.ledgerFile);
  const stored = new StoredRun(database.db, (difference) => unreadable.push(difference));
  try {
    return await judgeRun({
      sources: {
        ...sourcesOf(stored),
        ledger: () => readLedger(options.ledgerFile),
        channelEvents: (onRecord) => readChannelEvents(options, onRecord),
        inbox: () => readInbox(options.inboxFile, (difference) => unreadable.push(difference)),
        unreadable: () => unreadable,
      },
      detectSpikes: detectorOf(detector),
      spikeSpanSeconds: spanOf(detector),
      latenessMs: options.latenessMs ?? eventDelays(speed).latenessMs,
      speed,
      disturbances: options.disturbances ?? null,
      collectors: options.collectors ?? 1,
      alerterKills: options.alerterKills,
      sendsInFlightMax: options.sendsInFlightMax ?? SENDS_IN_FLIGHT_MAX,
      restarts: options.restarts,
      onProgress: options.onProgress ?? (() => undefined),
    });
  } finally {
    await database.close();
  }
}

type StoredSources = Omit<RunSources, 'ledger' | 'channelEvents' | 'inbox' | 'unreadable'>;

function sourcesOf(stored: StoredRun): StoredSources {
  return {
    messages: (roomId) => stored.messages(roomId),
    messagesTotal: () => stored.messagesTotal(),
    windows: (roomId) => stored.windows(roomId),
    windowDocumentsTotal: () => stored.windowDocumentsTotal(),
    windowDocumentsRead: () => stored.windowDocumentsRead(),
    spikes: () => stored.spikes(),
    gaps: () => stored.gaps(),
    storeAcks: () => stored.storeAcks(),
    rules: () => stored.rules(),
    themes: () => stored.themes(),
    outbox: () => stored.outbox(),
  };
}

async function readChannelEvents(
  { kafka, log }: VerifyOptions,
  onRecord: (partition: number, record: ConsumedRecord) => void,
): Promise<void> {
  const { brokers, topicPrefix, partitions } = kafka;
  const cluster = createKafka({ brokers, clientId: 'crest-verify', sessionTimeoutMs: 30_000, log });
  const topic = topicNames(topicPrefix).channelEvents;
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  await cluster.readToEnd(topic, all, onRecord);
}

async function* readInbox(
  file: string,
  onUnreadable: (difference: Difference) => void,
): AsyncGenerator<InboxEntry> {
  for await (const line of readInboxFile(file)) {
    if (line.ok) yield line.value;
    else onUnreadable({ file, reason: line.reason });
  }
}

/** The detector's module in batch, with unobserved seconds unknown. */
function detectorOf(settings: DetectorSettings): DetectSpikes {
  return ({ channelId, counts, gaps, lastSecond }) =>
    detectAll({ counts, unobserved: gaps, lastSecond }, settings).map((spike) => ({
      channelId,
      startMs: spike.startSecond * 1_000,
      peakMs: spike.peakSecond * 1_000,
      endMs: spike.endSecond * 1_000,
      score: spike.score,
      messages: spike.messages,
      baselinePerSecond: spike.baselinePerSecond,
    }));
}

/** What a spike depends on: its window, the baseline before it, and what went before that. */
function spanOf(settings: DetectorSettings): number {
  const { windowSeconds, baselineSeconds, raisedSecondsMax, coolDownSeconds } = settings;
  return windowSeconds + baselineSeconds + raisedSecondsMax + coolDownSeconds;
}

/** Seconds of event time in a second of wall time, as the ledger's first entry says. */
async function speedOf(ledgerFile: string): Promise<number> {
  for await (const entry of readLedger(ledgerFile)) {
    return entry.kind === 'run' ? (parseEventClock(entry.clock)?.speed ?? 1) : 1;
  }
  return 1;
}
