/**
 * `channel.windows` as a reader understands it, who ignores revisions lower than the one it has,
 * against what is stored: both must come to the same numbers.
 */
import {
  WINDOW_COUNTS,
  windowsUpdated,
  type Window,
  type WindowsUpdated,
} from '@crest/shared/records/windows-updated';
import { parseJson } from '@crest/shared/records/record';
import { StoredRun } from '@crest/cli/verify/stored-run';
import { hasCounts, type StoredWindow } from '@crest/cli/verify/compare-windows';
import type { System } from '@crest/cli/run/system';
import { openDatabase } from '@crest/shared/mongo';
import type { Remains, Verdict } from '../harness/scenario.ts';

/** A window as one reader has it. */
export interface Seen {
  readonly revision: number;
  readonly counts: string;
  readonly final: boolean;
}

export interface ReaderView {
  /** By room, then by span and start. */
  readonly rooms: Map<string, Map<string, Seen>>;
  /** Windows that came with a lower revision than one before: a reader leaves them out. */
  stale: number;
  /** Windows that came again with the same revision and other numbers. */
  torn: number;
  unreadable: number;
}

/** Readers of Kafka and of the database see the same final windows. */
export async function readersSeeWhatIsStored({ system }: Remains): Promise<readonly Verdict[]> {
  const view = await viewOf(system);
  const { compared, different } = await compareWithStored(system, view);
  const isWhole = view.torn === 0 && view.unreadable === 0;
  return [
    {
      name: 'readers of channel.windows see what is stored',
      held: compared > 0 && different.length === 0 && isWhole,
      figures: {
        windowsCompared: compared,
        windowsDifferent: different.length,
        staleOnTopic: view.stale,
        tornOnTopic: view.torn,
        ...(different.length > 0 ? { example: different.slice(0, 3).join(' | ') } : {}),
      },
    },
  ];
}

interface Comparison {
  compared: number;
  /** What differs, in words. */
  readonly different: string[];
}

async function compareWithStored(system: System, view: ReaderView): Promise<Comparison> {
  const comparison: Comparison = { compared: 0, different: [] };
  const { mongodbUrl: url } = system.settings;
  const database = await openDatabase({ url, database: system.plan.database });
  const stored = new StoredRun(database.db, () => undefined);
  try {
    for (const { id } of system.channels) {
      const roomId = id ?? '';
      compareRoom(comparison, {
        roomId,
        stored: await stored.windows(roomId),
        seen: view.rooms.get(roomId) ?? new Map<string, Seen>(),
      });
    }
  } finally {
    await database.close();
  }
  return comparison;
}

function compareRoom(
  comparison: Comparison,
  room: {
    readonly roomId: string;
    readonly stored: readonly StoredWindow[];
    readonly seen: ReadonlyMap<string, Seen>;
  },
): void {
  for (const window of room.stored.filter(hasCounts)) {
    comparison.compared += 1;
    const key = keyOf(window);
    const counts = countsOf(window);
    const read = room.seen.get(key);
    if (read?.counts === counts && read.final) continue;
    comparison.different.push(
      `${room.roomId}:${key}: stored ${counts}, read ${read?.counts ?? 'nothing'}`,
    );
  }
}

/** A reader that has read nothing yet. */
export function newReaderView(): ReaderView {
  return { rooms: new Map(), stale: 0, torn: 0, unreadable: 0 };
}

async function viewOf(system: System): Promise<ReaderView> {
  const view = newReaderView();
  const { kafka } = system;
  const partitions = Array.from({ length: kafka.partitions }, (_, partition) => partition);
  await kafka.kafka.readToEnd(kafka.topics.channelWindows, partitions, (_, { value }) => {
    const json = parseJson(value);
    if (!json.ok) {
      view.unreadable += 1;
      return;
    }
    if ((json.value as { type?: unknown }).type !== 'windows.updated') return;
    const decoded = windowsUpdated.decode(json.value);
    if (!decoded.ok) view.unreadable += 1;
    else takeWindows(view, decoded.value);
  });
  return view;
}

/** Takes one record, as a reader does who ignores revisions lower than the one that it has. */
export function takeWindows(
  view: ReaderView,
  { channelId, revision, windows }: Pick<WindowsUpdated, 'channelId' | 'revision' | 'windows'>,
): void {
  let seen = view.rooms.get(channelId);
  if (seen === undefined) {
    seen = new Map();
    view.rooms.set(channelId, seen);
  }
  for (const window of windows) {
    const key = keyOf(window);
    const before = seen.get(key);
    const counts = countsOf(window);
    if (before !== undefined && revision < before.revision) {
      view.stale += 1;
      continue;
    }
    if (
      before?.revision === revision &&
      before.final === window.final &&
      before.counts !== counts
    ) {
      view.torn += 1;
    }
    seen.set(key, { revision, counts, final: window.final });
  }
}

function keyOf({ spanSeconds, startMs }: { spanSeconds: number; startMs: number }): string {
  return `${spanSeconds}:${startMs}`;
}

/** Sketches are no counts: above ten seconds chatters are an estimate, the same on both sides. */
function countsOf(window: Window | StoredWindow): string {
  const counters = Object.entries(window.counters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([WINDOW_COUNTS.map((field) => window[field]), counters]);
}
