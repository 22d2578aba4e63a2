/**
 * Carries out what a stretch of the log led to. What may be repeated after a crash: all of it.
 * Repeats are harmless because messages are inserted by id, documents are guarded by revision,
 * and readers of Kafka ignore revisions that they have.
 *
 * Messages, windows and records go out side by side; what needs the messages in the store (recounts,
 * the store's stamp on heartbeats) waits for them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '@crest/shared/backoff';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import type { Heartbeat } from '@crest/shared/records/heartbeat';
import type { TopicNames } from '@crest/shared/topics';
import type { Counters } from './core/counters.ts';
import type { FoldEffects, WindowToRecount } from './core/fold-effects.ts';
import { Recount, windowsOf, type Recounted } from './core/recount.ts';
import type { ProcessorEvents } from './events.ts';
import { heartbeatRecord, recordOf, type OutgoingPlace } from './kafka/outgoing.ts';
import type { Collections } from './store/collections.ts';
import { deletionDocument } from './store/deletion-document.ts';
import { counterDocument, gapDocument, spikeDocument } from './store/fact-documents.ts';
import type { Guarded } from './store/guarded-upserts.ts';
import { insertUnlessKnown } from './store/insert-messages.ts';
import { readMessages } from './store/read-messages.ts';
import { upsertHeartbeat } from './store/upsert-heartbeat.ts';
import { tenDocument, windowDocument } from './store/window-documents.ts';
import type { GuardedName, Writers } from './writers.ts';

export interface EffectContext {
  readonly partition: number;
  readonly topics: TopicNames;
  readonly collections: Collections;
  readonly writers: Writers;
  readonly events: ProcessorEvents;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly textRetentionMs: number;
  /** The partition's counters: what a recount counts by. */
  readonly counters: Counters;
  /** `EffectsUnderWay.settled` of the stretch before this one. */
  readonly settledBefore: Promise<void>;
}

export interface EffectsUnderWay {
  /** Resolves when the store has every line of this stretch and of those before. */
  readonly settled: Promise<void>;
  /** Resolves when everything is durable. */
  readonly done: Promise<void>;
}

/** Begins what follows from a stretch. `letters` go to Kafka with the rest. */
export function runEffects(
  effects: FoldEffects,
  letters: readonly OutgoingRecord[],
  context: EffectContext,
): EffectsUnderWay {
  const { writers, settledBefore } = context;
  const place = placeOf(context);
  const records = [...effects.outgoing.map((fact) => recordOf(fact, place)), ...letters];
  const stored = writers.messages.push(effects.buckets);
  // In the order of the log: a recount must find the forgotten lines of stretches before it too.
  const settled = Promise.all([stored, settledBefore]).then(() => insertUnsure(effects, context));
  const after = settled.then(() => runAfterStored(effects, context));
  const all = [writers.records.push(records), after, ...pushFacts(effects, context)];
  return { settled, done: Promise.all(all).then(() => undefined) };
}

function pushFacts(effects: FoldEffects, context: EffectContext): Promise<void>[] {
  const { writers, nowMs, textRetentionMs } = context;
  const expireAt = new Date(nowMs() + textRetentionMs);
  const documents: Partial<Record<GuardedName, Guarded[]>> = {
    windows10s: effects.finals.flatMap((final) => final.tens.map((ten) => tenDocument(final, ten))),
    windows1m: largerDocuments(effects, 60),
    windows1h: largerDocuments(effects, 3600),
    spikes: effects.spikes.map(spikeDocument),
    gaps: effects.gaps.map(gapDocument),
    counters: effects.counters.map(counterDocument),
    deletions: effects.deletions.map((fact) => deletionDocument(fact, expireAt)),
  };
  return Object.entries(documents)
    .filter(([, items]) => items.length > 0)
    .map(([name, items]) => writers.guarded[name as GuardedName].push(items));
}

function largerDocuments({ finals }: FoldEffects, spanSeconds: number): Guarded[] {
  return finals.flatMap((final) =>
    final.larger
      .filter((window) => window.spanSeconds === spanSeconds)
      .map((window) => windowDocument(final, window)),
  );
}

async function insertUnsure({ unsure }: FoldEffects, context: EffectContext): Promise<void> {
  const { collections, nowMs, textRetentionMs } = context;
  for (const line of unsure) {
    const retention = { nowMs: nowMs(), textRetentionMs };
    await retried(context, () => insertUnlessKnown(collections, line, retention));
  }
}

async function runAfterStored(effects: FoldEffects, context: EffectContext): Promise<void> {
  for (const plan of withoutRepeats(effects.recounts)) await correct(plan, context);
  for (const beat of effects.heartbeats) await passOn(beat, context);
}

// Several late lines of one window need one recount, at the last of their revisions.
function withoutRepeats(plans: readonly WindowToRecount[]): WindowToRecount[] {
  const last = new Map<string, WindowToRecount>();
  for (const plan of plans) last.set(`${plan.channelId}:${plan.spanSeconds}:${plan.startMs}`, plan);
  return [...last.values()];
}

async function correct(plan: WindowToRecount, context: EffectContext): Promise<void> {
  const { writers, events } = context;
  const { channelId, channelLogin, revision, spanSeconds } = plan;
  const recounted = await retried(context, () => recountOf(plan, context));
  if (recounted === null) return;
  const windows = windowsOf(recounted);
  const record = recordOf(
    {
      type: 'windows.updated',
      version: 1,
      channelId,
      channelLogin,
      revision,
      watermarkMs: plan.watermarkMs,
      windows,
    },
    placeOf(context),
  );
  const document =
    recounted.ten === null
      ? windowDocument(plan, recounted.larger)
      : tenDocument(plan, recounted.ten);
  const target = COLLECTION_OF[spanSeconds];
  await Promise.all([writers.guarded[target].push([document]), writers.records.push([record])]);
  events.corrected(windows.length);
}

async function recountOf(
  plan: WindowToRecount,
  { collections, counters }: EffectContext,
): Promise<Recounted | null> {
  const { channelId, startMs, spanSeconds } = plan;
  const span = { channelId, fromMs: startMs, toMs: startMs + spanSeconds * 1000 };
  const recount = new Recount(plan, counters);
  for await (const line of readMessages(collections, span)) recount.add(line);
  return recount.result();
}

const COLLECTION_OF = { 10: 'windows10s', 60: 'windows1m', 3600: 'windows1h' } as const;

async function passOn(beat: Heartbeat, context: EffectContext): Promise<void> {
  const { collections, writers, events, nowMs } = context;
  const passed = { ...beat, stages: { ...beat.stages, processor: nowMs() } };
  await retried(context, () => upsertHeartbeat(collections, passed, nowMs()));
  passed.stages = { ...passed.stages, store: nowMs() };
  events.heartbeat(passed);
  await writers.records.push([heartbeatRecord(passed, placeOf(context))]);
}

function placeOf({ topics, partition, nowMs }: EffectContext): OutgoingPlace {
  return { topics, partition, nowMs: nowMs() };
}

const RETRY = { initialMs: 50, maxMs: 2_000, factor: 2 };

// Until it succeeds or the partition is given up.
async function retried<T>(
  { signal, events }: EffectContext,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let turn = 0; ; turn += 1) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      events.writeFailed('messages', error, turn);
      await sleep(backoffMs(RETRY, turn, Math.random()), undefined, { signal });
    }
  }
}
