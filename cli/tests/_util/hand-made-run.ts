/**
 * A run made by hand: a short ledger, and everything that a faultless system would have left of
 * it. Tests spoil one thing each and look at which figures notice.
 */
import type { Rule, Theme } from '@crest/shared/domain/rule';
import { channelEvent, counterStart, observed, tick, unobserved } from './channel-events.ts';
import type { ConsumedRecord } from '@crest/shared/kafka/port';
import { counterIdOf } from '@crest/shared/records/counter-wanted';
import type { InboxEntry } from '@crest/simulator/inbox/inbox-entry';
import type { LedgerEntry, LedgerLine } from '@crest/simulator/ledger/ledger-line';
import type { GapSpan } from '@crest/simulator/recount/gap-span';
import { readLedgerBook, type LedgerBook } from '@crest/simulator/recount/ledger-book';
import { recountWindows } from '@crest/simulator/recount/windows';
import type { SpikeFacts } from '../../src/verify/compare-spikes.ts';
import type { StoredWindow } from '../../src/verify/compare-windows.ts';
import { judgeRun, type DetectSpikes, type JudgeOptions } from '../../src/verify/judge-run.ts';
import type { RunReport } from '../../src/verify/run-report.ts';
import {
  WINDOW_SPANS,
  type OutboxAlert,
  type RunSources,
  type StoreAck,
  type StoredMessage,
} from '../../src/verify/run-sources.ts';

/** Event and wall time at which lines begin; a whole hour. */
export const START_MS = 1_700_002_800_000;
export const ALPHA = { id: '1001', login: 'alpha' } as const;
export const BETA = { id: '1002', login: 'beta' } as const;
const ROOMS = [ALPHA, BETA];
/** Every room of a hand-made run is in this partition. */
export const PARTITION = 3;

type InRoom<T> = T & { roomId: string };

export interface HandMadeRun {
  ledger: LedgerEntry[];
  events: ConsumedRecord[];
  messages: InRoom<StoredMessage>[];
  windows: InRoom<StoredWindow>[];
  /** Documents of windows in rooms that no run has. */
  strangeWindows: number;
  spikes: SpikeFacts[];
  gaps: GapSpan[];
  acks: StoreAck[];
  rules: Rule[];
  themes: Theme[];
  outbox: OutboxAlert[];
  inbox: InboxEntry[];
}

const RULE = { owner: 'ops', enabled: true, createdAtMs: 0, cooldownSeconds: 30 } as const;

export const CROWD: Rule = {
  ...RULE,
  _id: 'crowd',
  target: { kind: 'channels', channelIds: [ALPHA.id], channelLogins: [BETA.login] },
  condition: { kind: 'messages', atLeast: 4, withinSeconds: 2 },
  destinations: [
    { kind: 'email', address: 'ann@example.org' },
    { kind: 'sms', phone: '+4915112345678' },
  ],
};

const FLOOD: Rule = {
  ...RULE,
  _id: 'flood',
  target: { kind: 'theme', theme: 'all' },
  condition: { kind: 'phrase', phrase: 'so close', atLeast: 2, withinSeconds: 5 },
  destinations: [{ kind: 'theme' }],
};

const SPIKE: Rule = {
  ...RULE,
  _id: 'spike',
  target: { kind: 'channels', channelIds: [ALPHA.id, BETA.id], channelLogins: [] },
  condition: { kind: 'spike', scoreAtLeast: 5 },
  destinations: [{ kind: 'sms', phone: '+4915112345679' }],
};

const EVERYBODY: Theme = {
  _id: 'all',
  channelIds: [ALPHA.id, BETA.id],
  channelLogins: [],
  followers: [
    { kind: 'email', address: 'bob@example.org', subscriber: 'bob' },
    { kind: 'email', address: 'cyd@example.org', subscriber: 'cyd' },
  ],
  createdAtMs: 0,
};

/** Stands for the detector: five messages in a second are a spike of score 6. */
export const detectSpikes: DetectSpikes = ({ channelId, counts, lastSecond }) =>
  [...counts]
    .filter(([second, messages]) => messages >= 5 && second <= lastSecond)
    .map(([second, messages]) => spikeAt(channelId, second * 1_000, messages));

/** Notes a gap as a faultless system does: in the log by its edges, and among the gaps. */
export function addGap(run: HandMadeRun, gap: GapSpan): void {
  const room = ROOMS.find(({ id }) => id === gap.roomId) ?? ALPHA;
  const words = [unobserved(room, gap.fromMs)];
  if (gap.toMs !== null) words.push(observed(room, gap.toMs));
  const offset = run.events.length;
  run.events.push(
    ...words.map((value, index) => ({
      offset: offset + index,
      key: null,
      value: Buffer.from(value),
      timestampMs: START_MS,
    })),
  );
  run.gaps.push(gap);
}

function spikeAt(channelId: string, peakMs: number, messages: number): SpikeFacts {
  const at = { startMs: peakMs, peakMs, endMs: peakMs };
  return { channelId, ...at, score: 6, messages, baselinePerSecond: 0.5 };
}

/** Lines at these offsets from the start, milliseconds; each text by its offset. */
function linesIn(room: { id: string }, offsets: readonly number[], text: string): LedgerLine[] {
  return offsets.map((offset, each) => ({
    kind: 'line',
    room: room.id,
    id: `${room.id}-${offset}-${text.length}`,
    atMs: START_MS + offset,
    wallMs: START_MS + offset + 10,
    command: 'PRIVMSG',
    userId: `user-${each % 3}`,
    text,
    bits: 0,
    emotes: 1,
    mirrored: false,
    readers: 1,
  }));
}

/** The run as a faultless system leaves it. */
export async function handMadeRun(): Promise<HandMadeRun> {
  const lines = [
    ...linesIn(ALPHA, [500, 10_100, 10_200, 10_300, 10_400, 10_500, 25_000], 'hello'),
    ...linesIn(ALPHA, [40_100, 41_200], 'so close'),
    ...linesIn(BETA, [1_500, 61_000, 61_100, 62_000, 62_100], 'hey'),
  ].sort((a, b) => a.atMs - b.atMs);
  const ledger: LedgerEntry[] = [
    { kind: 'run', runId: 'test', seed: 1, mode: 'world', clock: 'wall', rooms: [...ROOMS] },
    { kind: 'start', atMs: START_MS, wallMs: START_MS },
    ...lines,
    { kind: 'end', atMs: START_MS + 70_000, wallMs: START_MS + 70_000, lines: lines.length },
  ];
  const rules = [CROWD, FLOOD, SPIKE];
  const counterId = counterIdOf('so close');
  const before = [
    counterStart(counterId),
    ...ROOMS.map((room) => observed(room, START_MS - 5_000)),
  ];
  const events = [...before, ...lines.map(channelEvent), tick(PARTITION, START_MS + 90_000)].map(
    (value, offset) => ({ offset, key: null, value: Buffer.from(value), timestampMs: START_MS }),
  );
  const book = await readLedgerBook(ledger, [{ counterId, phrase: 'so close' }]);
  const told: [rule: string, room: string, offset: number, to: string[], key: string][] = [
    ['crowd', ALPHA.id, 10_000, ['email:ann@example.org'], 'email:ann@example.org'],
    ['crowd', ALPHA.id, 10_000, ['sms:+4915112345678'], 'sms:+4915112345678'],
    ['crowd', BETA.id, 62_000, ['email:ann@example.org'], 'email:ann@example.org'],
    ['crowd', BETA.id, 62_000, ['sms:+4915112345678'], 'sms:+4915112345678'],
    ['flood', ALPHA.id, 41_000, ['email:bob@example.org', 'email:cyd@example.org'], 'theme'],
    ['spike', ALPHA.id, 10_000, ['sms:+4915112345679'], 'sms:+4915112345679'],
  ];
  const outbox = told.map(([ruleId, channelId, offset, , destination]) => ({
    alertId: `${ruleId}|${channelId}|${destination}`,
    ruleId,
    channelId,
    second: (START_MS + offset) / 1_000,
    destination,
    sentAtMs: START_MS + offset + 600,
  }));
  return {
    ledger,
    events,
    messages: storedMessages(lines, before.length),
    windows: storedWindows(book, counterId),
    strangeWindows: 0,
    spikes: [spikeAt(ALPHA.id, START_MS + 10_000, 5)],
    gaps: [],
    acks: events.map(({ offset }) => ({
      partition: PARTITION,
      fromOffset: offset,
      toOffset: offset,
      ackedAtMs: (lines[offset - before.length]?.wallMs ?? START_MS) + 40,
    })),
    rules,
    themes: [EVERYBODY],
    outbox,
    inbox: told.flatMap(([, , , recipients], each) =>
      recipients.map((recipient) => inboxEntry(outbox[each]?.alertId ?? '', recipient)),
    ),
  };
}

function storedMessages(lines: readonly LedgerLine[], firstOffset: number) {
  return lines.map(({ room, id, atMs }, each) => ({
    roomId: room,
    documentId: `${room}:${atMs}:${id}`,
    messageId: id,
    partition: PARTITION,
    offset: firstOffset + each,
  }));
}

function storedWindows(book: LedgerBook, counterId: string): InRoom<StoredWindow>[] {
  const counterSpans = new Map([[counterId, [{ fromMs: 0, toMs: null }]]]);
  return [...book.rooms.values()].flatMap((room) =>
    WINDOW_SPANS.flatMap((spanSeconds) =>
      recountWindows(room, { spanSeconds, counterSpans, isChosen: () => true }).map((window) => ({
        ...window,
        counters: { ...window.counters },
        observedShare: 1,
        roomId: room.roomId,
      })),
    ),
  );
}

/** An alert as it came to somebody. */
export function inboxEntry(alertId: string, recipient: string): InboxEntry {
  const [protocol, endpoint] = recipient.split(':');
  return {
    version: 1,
    outcome: 'delivered',
    requestAtMs: START_MS,
    acceptedAtMs: START_MS,
    messageId: 'message',
    destination: { protocol: protocol as 'email' | 'sms', endpoint: endpoint ?? '' },
    topicArn: null,
    subscriptionArn: null,
    subject: null,
    message: 'text',
    messageAttributes: { alertId },
    sms: null,
  };
}

/** The run as the judgement sees it. */
export function sourcesOf(run: HandMadeRun): RunSources {
  let read = 0;
  return {
    ledger: () => run.ledger,
    channelEvents: async (onRecord) => run.events.forEach((record) => onRecord(PARTITION, record)),
    messages: (roomId) => run.messages.filter((message) => message.roomId === roomId),
    messagesTotal: async () => run.messages.length,
    windows: async (roomId) => {
      const own = run.windows.filter((window) => window.roomId === roomId);
      read += own.length;
      return own;
    },
    windowDocumentsTotal: async () => run.windows.length + run.strangeWindows,
    windowDocumentsRead: () => read,
    spikes: async () => run.spikes,
    gaps: async () => run.gaps,
    storeAcks: async () => run.acks,
    rules: async () => run.rules,
    themes: async () => run.themes,
    outbox: async () => run.outbox,
    inbox: () => run.inbox,
    unreadable: () => [],
  };
}

/** Judges a hand-made run. */
export function judge(run: HandMadeRun, options: Partial<JudgeOptions> = {}): Promise<RunReport> {
  return judgeRun({
    sources: sourcesOf(run),
    detectSpikes,
    spikeSpanSeconds: 8,
    latenessMs: 2_000,
    alerterKills: 0,
    sendsInFlightMax: 8,
    restarts: 0,
    disturbances: null,
    collectors: 1,
    speed: 1,
    onProgress: () => undefined,
    ...options,
  });
}
