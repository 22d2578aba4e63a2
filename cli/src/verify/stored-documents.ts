/** The documents that a judgement reads: their form, and what it takes from them. */
import type { GapSpan } from '@crest/simulator/recount/gap-span';
import { z } from 'zod';
import type { SpikeFacts } from './compare-spikes.ts';
import type { StoredWindow } from './compare-windows.ts';
import { destinationKey } from './destination-key.ts';
import type { OutboxAlert } from './run-sources.ts';

const whole = z.int();

const countFields = {
  messages: whole,
  chatters: whole,
  emotes: whole,
  length: whole,
  bits: whole,
  subs: whole,
  commands: whole,
  mirrored: whole,
};

/** One document of `windows1m` or `windows1h`. */
export const windowDocument = z.object({
  startMs: whole,
  observedShare: z.number(),
  ...countFields,
  counters: z.record(z.string(), whole),
});

const tenNumbers = z.array(z.number()).length(10);
type CountField = keyof typeof countFields;
const COUNT_FIELDS = Object.keys(countFields) as CountField[];

/** One document of `windows10s`, with its seconds. */
export const tenDocument = windowDocument.extend({
  seconds: z.object({
    ...(Object.fromEntries(COUNT_FIELDS.map((field) => [field, tenNumbers])) as Record<
      CountField,
      typeof tenNumbers
    >),
    observedShare: tenNumbers,
    counters: z.record(z.string(), tenNumbers),
  }),
});

type TenDocument = z.infer<typeof tenDocument>;

/** The window of ten seconds, and its ten seconds. */
export function windowsOfTen(document: TenDocument): StoredWindow[] {
  const { seconds, ...ten } = document;
  const each = Array.from({ length: 10 }, (_, at) => secondOf(seconds, ten.startMs, at));
  return [{ ...ten, spanSeconds: 10 }, ...each];
}

function secondOf(seconds: TenDocument['seconds'], startMs: number, at: number): StoredWindow {
  const counts = COUNT_FIELDS.map((field) => [field, seconds[field][at] ?? 0]);
  const counters = Object.entries(seconds.counters)
    .map(([counterId, values]): [string, number] => [counterId, values[at] ?? 0])
    .filter(([, count]) => count > 0);
  return {
    spanSeconds: 1,
    startMs: startMs + at * 1_000,
    observedShare: seconds.observedShare[at] ?? 0,
    ...(Object.fromEntries(counts) as Record<CountField, number>),
    counters: Object.fromEntries(counters),
  };
}

/** One document of `spikes`. */
export const spikeDocument: z.ZodType<SpikeFacts> = z.object({
  channelId: z.string(),
  startMs: whole,
  peakMs: whole,
  endMs: whole,
  score: z.number(),
  messages: whole,
  baselinePerSecond: z.number(),
});

/** One document of `gaps`. */
export const gapDocument = z.object({
  channelId: z.string(),
  fromMs: whole,
  toMs: whole.nullable(),
});

/** A gap that turned out to be none ends where it begins. */
export function gapsOf(documents: readonly z.infer<typeof gapDocument>[]): GapSpan[] {
  return documents
    .filter(({ fromMs, toMs }) => toMs === null || fromMs < toMs)
    .map(({ channelId, fromMs, toMs }) => ({ roomId: channelId, fromMs, toMs }));
}

/** One document of `storeAcks`. */
export const storeAckDocument = z.object({
  partition: whole,
  fromOffset: whole,
  toOffset: whole,
  ackedAtMs: whole,
});

/** One document of `outbox`. */
export const outboxDocument: z.ZodType<OutboxAlert> = z
  .object({
    _id: z.string(),
    ruleId: z.string(),
    channelId: z.string(),
    episodeAtMs: whole,
    destination: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('email'), address: z.string() }),
      z.object({ kind: z.literal('sms'), phone: z.string() }),
      z.object({ kind: z.literal('theme') }),
    ]),
    sentAtMs: whole.nullable(),
  })
  .transform(({ _id, ruleId, channelId, episodeAtMs, destination, sentAtMs }) => ({
    alertId: _id,
    ruleId,
    channelId,
    second: Math.floor(episodeAtMs / 1_000),
    destination: destinationKey(destination),
    sentAtMs,
  }));
