/**
 * Judges a run from its sources, room by room, so that memory stays in proportion to the ledger's
 * columns and one room's windows.
 */
import { counterIdOf } from '@crest/shared/records/counter-wanted';
import type { Rule } from '@crest/shared/domain/rule';
import { touches, type GapSpan } from '@crest/simulator/recount/gap-span';
import { readLedgerBook, type LedgerBook } from '@crest/simulator/recount/ledger-book';
import type { RoomBook, WantedPhrase } from '@crest/simulator/recount/room-book';
import type { CounterSpans } from '@crest/simulator/recount/windows';
import type { Disturbance } from '../core/chaos/disturbance.ts';
import { AckTimes } from './ack-times.ts';
import { compareMessages, type MessageVerdict } from './compare-messages.ts';
import { compareSpikes, type SpikeFacts, type SpikeVerdict } from './compare-spikes.ts';
import { Differences } from './differences.ts';
import { EventLogFacts } from './event-log-facts.ts';
import { judgeGaps, type GapVerdict } from './judge-gaps.ts';
import { judgeAlerts } from './judge-alerts.ts';
import { judgeWindows } from './judge-windows.ts';
import { quantilesOf } from './quantiles.ts';
import { promisesOf, type RunFigures, type RunReport } from './run-report.ts';
import type { RunSources } from './run-sources.ts';

/** Finds the spikes of a room in its counts: the detector's module, run in batch. */
export type DetectSpikes = (history: {
  readonly channelId: string;
  /** Messages by epoch second. */
  readonly counts: ReadonlyMap<number, number>;
  readonly gaps: readonly GapSpan[];
  /** The last final second. */
  readonly lastSecond: number;
}) => readonly SpikeFacts[];

export interface JudgeOptions {
  readonly sources: RunSources;
  readonly detectSpikes: DetectSpikes;
  /** How far back from its peak lies what a spike is judged by: baseline, window and cool-down. */
  readonly spikeSpanSeconds: number;
  /** How far watermarks stay behind the newest stamp, event milliseconds. */
  readonly latenessMs: number;
  /** Kills of alerters that were ordered or happened. */
  readonly alerterKills: number;
  readonly sendsInFlightMax: number;
  readonly restarts: number;
  /** What happened to the parts; null where nobody wrote it down. */
  readonly disturbances: readonly Disturbance[] | null;
  readonly collectors: number;
  /** Event seconds in a wall second. */
  readonly speed: number;
  readonly onProgress: (step: JudgeStep) => void;
}

/** What is being done, for people who wait. */
export interface JudgeStep {
  readonly doing: string;
  readonly done: number;
  /** Null where it is not known before. */
  readonly of: number | null;
}

/** What one room came to. */
export interface RoomMatter {
  readonly room: RoomBook;
  readonly gaps: readonly GapSpan[];
  readonly messages: MessageVerdict;
  readonly firstObservedMs: number | null;
  readonly counterSpans: CounterSpans;
  /** Spikes as recounted. */
  readonly spikes: readonly SpikeFacts[];
}

/** Everything known before the rooms are gone through. */
export interface RunMatter {
  readonly book: LedgerBook;
  readonly log: EventLogFacts;
  readonly gapsOf: (roomId: string) => readonly GapSpan[];
  readonly differences: Differences;
}

/** @throws Error where the ledger cannot be read; whatever the sources throw. */
export async function judgeRun(options: JudgeOptions): Promise<RunReport> {
  const { sources } = options;
  const rules = await sources.rules();
  const run = await readRun(options, rules);
  const { book, log, differences } = run;
  const foundSpikes = Map.groupBy(await sources.spikes(), (spike) => spike.channelId);
  const rooms = await judgeRooms(options, run);
  const windows = await judgeWindows(options, run, rooms.matters);
  const spikes = judgeSpikes(options, run, { found: foundSpikes, rooms: rooms.matters });
  const alerts = await judgeAlerts(options, run, { rules, rooms: rooms.matters });
  const messages = sumMessages(rooms.matters);
  const strangers = (await sources.messagesTotal()) - messages.documents;
  const unreadable = sources.unreadable();
  for (const difference of unreadable) differences.add('unreadable', difference);
  const seconds = secondsOf(book);
  const figures: RunFigures = {
    sent: messages.sent,
    stored: messages.stored,
    lost: messages.lost,
    inGaps: messages.inGaps,
    doubled: messages.doubled + windows.doubled,
    resent: log.resent,
    unknown: messages.unknown + strangers,
    late: log.late,
    windows: windows.figures,
    spikes: spikes.figures,
    alerts: alerts.figures,
    gaps: rooms.gaps,
    restarts: options.restarts,
    seconds,
    messagesPerSecond: seconds === 0 ? 0 : Math.round((messages.sent / seconds) * 10) / 10,
    latencyMs: { stored: quantilesOf(rooms.storedLatenciesMs), alert: alerts.latencyMs },
  };
  const { alerterKills, sendsInFlightMax, disturbances } = options;
  const gaps = gapsVerdict(options, run, rooms.matters);
  const promises = promisesOf(figures, {
    storedInGaps: messages.storedInGaps,
    touchedUnlikeStored: windows.touchedUnlikeStored,
    gaps,
    untouchedMin: untouchedMin(book, gaps),
    wrongSpikes: spikes.wrong,
    unreadable: log.unreadable + unreadable.length,
    alerterKills,
    sendsInFlightMax,
  });
  return {
    ...figures,
    disturbances: disturbances ?? [],
    disturbed: countsOf(disturbances ?? []),
    promises,
    examples: differences.examples(),
  };
}

async function readRun(options: JudgeOptions, rules: readonly Rule[]): Promise<RunMatter> {
  const { sources, latenessMs, onProgress } = options;
  const book = await readLedgerBook(sources.ledger(), phrasesOf(rules), (done) =>
    onProgress({ doing: 'reading the ledger', done, of: null }),
  );
  const differences = new Differences();
  const recordedGaps = await sources.gaps();
  const onDifference = differences.add;
  const log = new EventLogFacts({ book, latenessMs, onDifference, gaps: recordedGaps });
  let records = 0;
  await sources.channelEvents((partition, record) => {
    log.take(partition, record);
    records += 1;
    if (records % 10_000 === 0) onProgress({ doing: 'reading the log', done: records, of: null });
  });
  // A line that the collector put back in time counts where it was put.
  for (const { roomId, index, atMs } of log.clamped) {
    book.rooms.get(roomId)?.atMs.set(index, atMs);
  }
  const gaps = Map.groupBy(recordedGaps, (gap) => gap.roomId);
  return { book, log, differences, gapsOf: (roomId) => gaps.get(roomId) ?? [] };
}

/** The phrases of all rules, those that are switched off as well: they may have been on. */
function phrasesOf(rules: readonly Rule[]): WantedPhrase[] {
  const phrases = rules.flatMap(({ condition }) =>
    condition.kind === 'phrase' ? [condition.phrase] : [],
  );
  const byId = new Map(phrases.map((phrase) => [counterIdOf(phrase), phrase]));
  return [...byId].map(([counterId, phrase]) => ({ counterId, phrase }));
}

async function judgeRooms(
  options: JudgeOptions,
  run: RunMatter,
): Promise<{ matters: RoomMatter[]; gaps: number; storedLatenciesMs: number[] }> {
  const { sources, onProgress } = options;
  const acks = new AckTimes(await sources.storeAcks());
  const matters: RoomMatter[] = [];
  const storedLatenciesMs: number[] = [];
  let gaps = 0;
  for (const room of run.book.rooms.values()) {
    const ownGaps = run.gapsOf(room.roomId);
    gaps += ownGaps.length;
    const messages = await compareMessages(
      {
        room,
        gaps: ownGaps,
        stored: sources.messages(room.roomId),
        onStored: (index, { partition, offset }) => {
          const ackedAtMs = acks.ackedAtMs(partition, offset);
          if (ackedAtMs !== null) storedLatenciesMs.push(ackedAtMs - room.wallMs.at(index));
        },
      },
      run.differences.add,
    );
    matters.push(matterOf(options, run, { room, gaps: ownGaps, messages }));
    onProgress({ doing: 'comparing messages', done: matters.length, of: run.book.rooms.size });
  }
  return { matters, gaps, storedLatenciesMs };
}

function matterOf(
  { detectSpikes }: JudgeOptions,
  { log }: RunMatter,
  known: Pick<RoomMatter, 'room' | 'gaps' | 'messages'>,
): RoomMatter {
  const { room, gaps, messages } = known;
  const channelId = room.roomId;
  const partition = log.partitionOf.get(channelId);
  const watermarkMs = partition === undefined ? -Infinity : log.watermarkMs(partition);
  const counts = new Map<number, number>();
  for (let index = 0; index < room.lines; index += 1) {
    if (room.messages.at(index) === 0 || messages.isExcused[index] === 1) continue;
    const second = Math.floor(room.atMs.at(index) / 1_000);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  const lastSecond = Math.floor(watermarkMs / 1_000) - 1;
  return {
    ...known,
    firstObservedMs: log.firstObservedMs.get(channelId) ?? null,
    counterSpans: partition === undefined ? new Map() : log.counterSpans(partition),
    spikes: lastSecond === -Infinity ? [] : detectSpikes({ channelId, counts, gaps, lastSecond }),
  };
}

function sumMessages(matters: readonly RoomMatter[]) {
  const sum = {
    sent: 0,
    stored: 0,
    lost: 0,
    inGaps: 0,
    doubled: 0,
    unknown: 0,
    storedInGaps: 0,
    documents: 0,
  };
  const names = Object.keys(sum) as (keyof typeof sum)[];
  for (const { messages } of matters) {
    for (const name of names) sum[name] += messages[name];
  }
  return sum;
}

/** Spikes in rooms that the run does not have are wrong as well. */
function judgeSpikes(
  { spikeSpanSeconds }: JudgeOptions,
  { differences, log }: RunMatter,
  known: { found: ReadonlyMap<string, readonly SpikeFacts[]>; rooms: readonly RoomMatter[] },
): SpikeVerdict {
  const found = [...known.found.values()].flat().length;
  let [foundInRooms, recount, equal, wrong] = [0, 0, 0, 0];
  for (const { room, spikes, gaps } of known.rooms) {
    // A line that comes late corrects its windows; a spike that was found without it stays as it is.
    const isUncertain = ({ peakMs, endMs }: SpikeFacts): boolean => {
      const [fromMs, toMs] = [peakMs - spikeSpanSeconds * 1_000, endMs + 1_000];
      return (
        gaps.some((gap) => touches(gap, fromMs, toMs)) || log.hasLateLine(room.roomId, fromMs, toMs)
      );
    };
    const own = known.found.get(room.roomId) ?? [];
    const comparison = { found: own, recount: spikes, isUncertain };
    const verdict = compareSpikes(comparison, differences.add);
    foundInRooms += verdict.figures.found;
    recount += verdict.figures.recount;
    equal += verdict.figures.equal;
    wrong += verdict.wrong;
  }
  return { figures: { found, recount, equal }, wrong: wrong + found - foundInRooms };
}

function gapsVerdict(
  { disturbances, collectors, speed }: JudgeOptions,
  { book, log, differences }: RunMatter,
  rooms: readonly RoomMatter[],
): GapVerdict {
  const questions = {
    gaps: rooms.flatMap(({ gaps }) => gaps),
    reading: log.reading,
    hasLineAt: (roomId: string, atMs: number) => log.hasLineAt(roomId, atMs),
    disturbances,
    speed,
    roomsEach: Math.ceil(book.rooms.size / collectors),
    endMs: book.end?.atMs ?? Infinity,
  };
  return judgeGaps(questions, differences.add);
}

/** Four in five, or what is left where the collectors were disturbed for more than a fifth of it all. */
function untouchedMin({ rooms, start, end }: LedgerBook, { allowedSeconds }: GapVerdict): number {
  if (start === null || end === null || end.atMs <= start.atMs) return 0;
  const roomSeconds = (rooms.size * (end.atMs - start.atMs)) / 1_000;
  return Math.max(0, Math.min(0.8, 1 - allowedSeconds / roomSeconds));
}

function countsOf(disturbances: readonly Disturbance[]): Record<string, number> {
  const byName = Map.groupBy(disturbances, ({ kind, what }) => `${kind} ${what}`);
  return Object.fromEntries([...byName].sort().map(([name, each]) => [name, each.length]));
}

function secondsOf(book: LedgerBook): number {
  const fromMs = book.start?.wallMs ?? book.lastWallMs;
  const toMs = book.end?.wallMs ?? book.lastWallMs;
  return Math.max(0, Math.round(toMs - fromMs)) / 1_000;
}
