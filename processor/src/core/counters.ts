/**
 * The phrases that rules want counted, and from when to when.
 *
 * A counter counts from the next whole second of the partition's time on, and stops likewise. A
 * message counts once if its text, NFKC and lower case, contains the phrase as a run of whole
 * white-space tokens. Spans that ended are kept as long as messages are, for recounts.
 */
import type { CounterWanted } from '@crest/shared/records/counter-wanted';
import { matcherOf, matchesIn, type PhraseMatcher } from './phrase-matcher.ts';

export interface CountedSpan {
  readonly fromMs: number;
  /** Exclusive; null while it counts. */
  toMs: number | null;
}

export interface Counter {
  readonly counterId: string;
  readonly phrase: string;
  readonly spans: CountedSpan[];
}

export type Counters = Map<string, Counter>;

/** Made when first needed after a counter came or went; not part of the state. */
const matchers = new WeakMap<Counters, PhraseMatcher<Counter>>();
const NONE: readonly string[] = [];

/** How long the spans of a stopped counter are kept, event milliseconds: longer than any text. */
const KEPT_MS = 25 * 60 * 60 * 1000;

/**
 * Starts or stops a counter at `timeMs`, the partition's time (null before any). Gives the span
 * that changed; null when nothing did.
 */
export function applyCounterWanted(
  counters: Counters,
  { counterId, phrase, action }: CounterWanted,
  timeMs: number | null,
): CountedSpan | null {
  matchers.delete(counters);
  const nextSecondMs = timeMs === null ? 0 : (Math.floor(timeMs / 1000) + 1) * 1000;
  forgetEnded(counters, nextSecondMs - KEPT_MS);
  const counter = counters.get(counterId) ?? { counterId, phrase, spans: [] };
  const running = counter.spans.find(({ toMs }) => toMs === null);
  if ((action === 'start') === (running !== undefined)) return null;
  counters.set(counterId, counter);
  if (running !== undefined) {
    running.toMs = nextSecondMs;
    return running;
  }
  const span = { fromMs: nextSecondMs, toMs: null };
  counter.spans.push(span);
  return span;
}

/** Ids of the counters that count a message with this text at this time. */
export function countersIn(counters: Counters, text: string, atMs: number): readonly string[] {
  if (counters.size === 0) return NONE;
  const found: string[] = [];
  for (const { counterId, spans } of matchesIn(matcherFor(counters), text)) {
    if (countsAt(spans, atMs)) found.push(counterId);
  }
  return found;
}

function matcherFor(counters: Counters): PhraseMatcher<Counter> {
  let matcher = matchers.get(counters);
  if (matcher === undefined) {
    matcher = matcherOf([...counters.values()].map((counter) => [counter.phrase, counter]));
    matchers.set(counters, matcher);
  }
  return matcher;
}

function countsAt(spans: readonly CountedSpan[], atMs: number): boolean {
  return spans.some(({ fromMs, toMs }) => fromMs <= atMs && (toMs === null || atMs < toMs));
}

function forgetEnded(counters: Counters, beforeMs: number): void {
  for (const [counterId, { spans }] of counters) {
    const ended = spans.filter(({ toMs }) => toMs !== null && toMs < beforeMs).length;
    // Spans end in order: those over the limit stand first.
    spans.splice(0, ended);
    if (spans.length === 0) counters.delete(counterId);
  }
}
