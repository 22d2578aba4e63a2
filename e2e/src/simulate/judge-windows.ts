/** Windows as a reader of `channel.windows` has them in the end, against a recount of all lines. */
import {
  WINDOW_COUNTS,
  WINDOW_SPANS_SECONDS,
  type Window,
} from '@crest/shared/records/windows-updated';
import { recountWindows, type RecountedWindow } from '@crest/simulator/recount/windows';
import type { LogFacts, LoggedRoom } from './log-facts.ts';
import { TOPICS } from './services.ts';
import type { SimKafka } from './sim-kafka.ts';
import { PARTITIONS } from './world.ts';

/** What a reader knows of a window. */
export interface SeenWindow {
  readonly channelId: string;
  readonly revision: number;
  readonly window: Window;
}

export interface ReaderView {
  /** By channel, span and start. */
  readonly windows: ReadonlyMap<string, SeenWindow>;
  /** By partition. */
  readonly watermarksMs: readonly number[];
  /** What no reader should see. */
  readonly problems: readonly string[];
}

interface Update {
  readonly type: string;
  readonly channelId: string;
  readonly revision: number;
  readonly watermarkMs: number;
  readonly windows: readonly Window[];
}

/** Reads `channel.windows` as semantics.md says: lower revisions are ignored. */
export function readerView(kafka: SimKafka): ReaderView {
  const windows = new Map<string, SeenWindow>();
  const problems: string[] = [];
  const watermarksMs = Array.from({ length: PARTITIONS }, (_, partition) => {
    let watermarkMs = 0;
    for (const { value } of kafka.log(TOPICS.channelWindows, partition)) {
      const update = JSON.parse(value?.toString('utf8') ?? '') as Update;
      if (update.type === 'watermark.moved')
        watermarkMs = Math.max(watermarkMs, update.watermarkMs);
      if (update.type === 'windows.updated') take(windows, update, problems);
    }
    return watermarkMs;
  });
  return { windows, watermarksMs, problems };
}

function take(windows: Map<string, SeenWindow>, update: Update, problems: string[]): void {
  const { channelId, revision } = update;
  for (const window of update.windows) {
    const key = `${channelId}:${window.spanSeconds}:${window.startMs}`;
    const known = windows.get(key);
    if (known !== undefined && known.revision > revision) continue;
    if (known?.window.final === true && !window.final) {
      problems.push(`window ${key} is no longer final at revision ${revision}`);
    }
    windows.set(key, { channelId, revision, window });
  }
}

/** Everything that differs between the view and the recount. */
export function judgeWindows({ windows, problems }: ReaderView, facts: LogFacts): string[] {
  const found = [...problems];
  const seen = new Map(windows);
  for (const [roomId, room] of facts.rooms) {
    for (const spanSeconds of WINDOW_SPANS_SECONDS) {
      for (const expected of expectedOf(room, facts, spanSeconds)) {
        const key = `${roomId}:${spanSeconds}:${expected.startMs}`;
        found.push(...differences(key, expected, seen.get(key)));
        seen.delete(key);
      }
    }
  }
  for (const key of seen.keys()) found.push(`window ${key} has no line`);
  return found;
}

function expectedOf(room: LoggedRoom, facts: LogFacts, spanSeconds: number): RecountedWindow[] {
  const counterSpans = facts.counterSpans(room.partition);
  return recountWindows(room.book, { spanSeconds, counterSpans, isChosen: () => true });
}

function differences(
  key: string,
  expected: RecountedWindow,
  seen: SeenWindow | undefined,
): string[] {
  if (seen === undefined) return [`window ${key} is missing`];
  const { window } = seen;
  const wrong = WINDOW_COUNTS.filter((field) => expected[field] !== window[field]).map(
    (field) => `window ${key}: ${field} ${window[field]} instead of ${expected[field]}`,
  );
  if (sorted(expected.counters) !== sorted(window.counters)) {
    wrong.push(
      `window ${key}: counters ${sorted(window.counters)} instead of ${sorted(expected.counters)}`,
    );
  }
  if (!window.final) wrong.push(`window ${key} is not final`);
  return wrong;
}

function sorted(counters: Readonly<Record<string, number>>): string {
  return JSON.stringify(Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1)));
}
