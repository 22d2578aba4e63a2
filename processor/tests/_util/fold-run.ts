/** Drives the fold as the edge would, with a store in memory, and counts naively to compare. */
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import type { SpikeFound } from '@crest/shared/records/spike-found';
import type { Window } from '@crest/shared/records/windows-updated';
import { DETECTOR_DEFAULTS } from '../../src/core/detector.ts';
import { createEffects, type FoldEffects, type GapFact } from '../../src/core/fold-effects.ts';
import { PartitionFold } from '../../src/core/partition-fold.ts';
import { createPartitionState, type FoldSettings } from '../../src/core/partition-state.ts';
import { bucketKey, singleKey, type LineBucket } from '../../src/core/line-buckets.ts';
import { Recount, windowsOf } from '../../src/core/recount.ts';
import { partsOf, stateOf } from '../../src/core/state-parts.ts';
import type { StoredMessage } from '../../src/core/stored-message.ts';

export const SETTINGS: FoldSettings = {
  latenessMs: 2_000,
  dedupeHorizonMs: 120_000,
  detector: DETECTOR_DEFAULTS,
};

/** What the world outside knows after a run: the newest of everything. */
export class FoldRun {
  fold: PartitionFold;
  /** What the store holds, by key. */
  readonly buckets = new Map<string, Pick<LineBucket, 'channelId' | 'lines'>>();
  /** Final windows by channel, span and start. */
  readonly windows = new Map<string, Window>();
  /** The same as the store keeps them: ten seconds with each second, minutes, hours. */
  readonly stored = new Map<string, Window>();
  readonly gaps = new Map<string, GapFact>();
  readonly spikes: SpikeFound[] = [];
  readonly early: Window[] = [];
  repeated = 0;
  late = 0;
  #offset = 0;

  constructor(settings: FoldSettings = SETTINGS) {
    this.fold = new PartitionFold(createPartitionState(0), settings);
  }

  run(events: readonly ChannelEvent[]): this {
    for (const event of events) {
      const effects = createEffects();
      this.fold.step(event, this.#offset, effects);
      this.#offset += 1;
      this.#take(effects);
    }
    return this;
  }

  /** As a crash right after a snapshot: everything but the saved bytes is gone. */
  restart(settings: FoldSettings = SETTINGS): this {
    const parts = partsOf(this.fold.state, new Map());
    const bytes = new Map(parts.map((part) => [part.name, part.bytes ?? new Uint8Array()]));
    this.fold = new PartitionFold(stateOf(bytes), settings);
    return this;
  }

  /** The lines that the store holds, of one channel or of all. */
  storedLines(channelId?: string): StoredMessage[] {
    const buckets = [...this.buckets.values()];
    return buckets
      .filter((bucket) => channelId === undefined || bucket.channelId === channelId)
      .flatMap(({ lines }) => lines);
  }

  /** Takes the early updates of every channel. */
  tellEarly(): this {
    for (const channel of this.fold.changedChannels()) {
      this.early.push(...(this.fold.takeChanges(channel)?.windows ?? []));
    }
    return this;
  }

  #take(effects: FoldEffects): void {
    this.repeated += effects.repeated;
    this.late += effects.late;
    for (const bucket of effects.buckets) this.#insert(bucketKey(bucket), bucket);
    for (const { channelId, line } of effects.unsure) {
      if (this.storedLines(channelId).some(({ id }) => id === line.id)) continue;
      this.#insert(singleKey(channelId, line), { channelId, lines: [line] });
    }
    this.spikes.push(...effects.spikes);
    for (const gap of effects.gaps) this.gaps.set(`${gap.channelId}:${gap.idMs}`, gap);
    for (const fact of effects.outgoing) {
      if (fact.type !== 'windows.updated') continue;
      for (const window of fact.windows) this.windows.set(keyOf(fact.channelId, window), window);
    }
    for (const { channelId, tens, larger } of effects.finals) {
      const seconds = tens.flatMap((ten) => ten.seconds.filter((second) => second !== null));
      const windows = [...seconds, ...tens.map(({ window }) => window), ...larger];
      for (const window of windows) this.stored.set(keyOf(channelId, window), window);
    }
    this.#correct(effects);
  }

  #insert(key: string, { channelId, lines }: Pick<LineBucket, 'channelId' | 'lines'>): void {
    this.buckets.set(key, { channelId, lines: [...lines] });
  }

  #correct(effects: FoldEffects): void {
    for (const plan of effects.recounts) {
      const endMs = plan.startMs + plan.spanSeconds * 1000;
      const recount = new Recount(plan, this.fold.state.counters);
      for (const line of this.storedLines(plan.channelId)) {
        if (line.atMs >= plan.startMs && line.atMs < endMs) recount.add(line);
      }
      const recounted = recount.result();
      for (const window of recounted === null ? [] : windowsOf(recounted)) {
        this.windows.set(keyOf(plan.channelId, window), window);
        this.stored.set(keyOf(plan.channelId, window), window);
      }
    }
  }
}

export function keyOf(channelId: string, window: Pick<Window, 'spanSeconds' | 'startMs'>): string {
  return `${channelId}/${window.spanSeconds}/${window.startMs}`;
}

/** Counts and nothing else, the plain way, over each different line once. */
export function naiveWindows(
  events: readonly ChannelEvent[],
  finalBeforeMs: number,
): Map<string, Omit<Window, 'observedShare'>> {
  const lines = new Map<string, ChannelEvent & { type: 'chat.message' | 'chat.notice' }>();
  for (const event of events) {
    if (event.type !== 'chat.message' && event.type !== 'chat.notice') continue;
    lines.set(`${event.channelId} ${event.id}`, event);
  }
  const windows = new Map<string, Omit<Window, 'observedShare'>>();
  const chatters = new Map<string, Set<string>>();
  for (const line of lines.values()) {
    for (const spanSeconds of [1, 10, 60, 3600] as const) {
      const startMs = line.atMs - (line.atMs % (spanSeconds * 1000));
      if (startMs + spanSeconds * 1000 > finalBeforeMs) continue;
      const key = keyOf(line.channelId, { spanSeconds, startMs });
      const window = windows.get(key) ?? empty(spanSeconds, startMs);
      const users = chatters.get(key) ?? new Set();
      count(window, users, line);
      if (window.messages + window.subs + window.mirrored > 0) windows.set(key, window);
      chatters.set(key, users);
    }
  }
  return windows;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function count(
  window: Mutable<Omit<Window, 'observedShare'>>,
  users: Set<string>,
  line: ChannelEvent & { type: 'chat.message' | 'chat.notice' },
): void {
  if (line.type === 'chat.notice') {
    if (line.mirroredFrom === null && ['sub', 'resub', 'subgift'].includes(line.notice)) {
      window.subs += 1;
    }
    return;
  }
  if (line.mirroredFrom !== null) {
    window.mirrored += 1;
    return;
  }
  window.messages += 1;
  window.emotes += line.emotes;
  window.length += [...line.text].length;
  window.bits += line.bits;
  if (line.text.startsWith('!')) window.commands += 1;
  users.add(line.userId);
  window.chatters = users.size;
}

function empty(spanSeconds: Window['spanSeconds'], startMs: number): Omit<Window, 'observedShare'> {
  return {
    spanSeconds,
    startMs,
    final: true,
    messages: 0,
    chatters: 0,
    emotes: 0,
    length: 0,
    bits: 0,
    subs: 0,
    commands: 0,
    mirrored: 0,
    counters: {},
  };
}
