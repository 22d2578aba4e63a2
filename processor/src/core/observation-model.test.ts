/**
 * Observation against a plain model: holders of two reader sets that read, lose their connection, are
 * killed with records under way, hand over, sleep and wake, or come back with a spool hours late, and
 * lines with stamps ahead of the clock. The model knows what was really read; the fold sees the log.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { retell, type Gap } from './gap-list.ts';
import {
  createObservation,
  endByReader,
  loseRecords,
  noteTick,
  settleTick,
  vouchByJoin,
  vouchByLine,
  type Observation,
  type TickOf,
} from './observation.ts';
import { addSpan, uncovered, type Span } from './spans.ts';

const END_MS = 120_000;
const LATENESS_MS = 2_000;
const ALLOWANCE_MS = 250;

/** One record in the log; `writtenMs` orders them. */
interface LogRecord {
  readonly writtenMs: number;
  readonly what: 'join' | 'end' | 'tick' | 'line' | 'lost';
  readonly atMs: number;
  readonly sinceMs: number;
  /** Of a line: how far its stamp is ahead of when it was sent and read, which is `atMs`. */
  readonly aheadMs: number;
  /** Of a line: it says who read it. */
  readonly isNamed: boolean;
}

interface Holder {
  readonly readerSet: string;
  readonly generation: number;
  /** What it wrote, in order; `writtenMs` is when it put it on its way. */
  readonly records: LogRecord[];
}

/** How a holder's time came to an end, and how its records reach the log. */
const holderPlan = fc.record({
  readsMs: fc.integer({ min: 500, max: 30_000 }),
  /** After the end of the one before: negative for an overlap. */
  joinsAfterMs: fc.integer({ min: -3_000, max: 9_000 }),
  delayMs: fc.integer({ min: 0, max: 400 }),
  tickPhaseMs: fc.integer({ min: 0, max: 999 }),
  /** Parts of its time after which its connection is lost, and for how long. */
  cutAt: fc.option(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { nil: null }),
  cutMs: fc.integer({ min: 100, max: 5_000 }),
  /** A half-open socket: noticed so long after it fell silent. */
  noticedAfterMs: fc.integer({ min: 0, max: 4_000 }),
  end: fc.constantFrom('killed', 'handedOver', 'lateSpool', 'damagedSpool', 'asleep'),
  /** One line in so many is stamped so far ahead of the clock. */
  aheadEvery: fc.integer({ min: 1, max: 5 }),
  aheadMs: fc.constantFrom(0, 0, 300, 8_000, 60_000),
  /** Of a kill: what was put on its way within this before it is lost. */
  unsentMs: fc.integer({ min: 0, max: 2_500 }),
  spoolLateMs: fc.integer({ min: 0, max: 60_000 }),
});
type HolderPlan = typeof holderPlan extends fc.Arbitrary<infer T> ? T : never;

interface History {
  readonly log: (LogRecord & Holder)[];
  readonly linesMs: readonly number[];
  /** What is vouched for by joins, ticks and ends, lines apart. */
  readonly vouched: Span[];
}

/** The spans in which a holder's socket really read, and when each end was noticed. */
function readsOf(
  plan: HolderPlan,
  joinMs: number,
  endMs: number,
): (Span & { noticedMs: number })[] {
  if (plan.cutAt === null) return [{ fromMs: joinMs, toMs: endMs, noticedMs: endMs }];
  const cutMs = Math.round(joinMs + (endMs - joinMs) * plan.cutAt);
  const noticedMs = Math.min(endMs, cutMs + plan.noticedAfterMs);
  const first = { fromMs: joinMs, toMs: cutMs, noticedMs };
  const againMs = noticedMs + plan.cutMs;
  if (againMs >= endMs) return [first];
  return [first, { fromMs: againMs, toMs: endMs, noticedMs: endMs }];
}

function isIn(spans: readonly Span[], atMs: number): boolean {
  return spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs);
}

/** A connection that is half open holds ticks back, as it does in the collector. */
function heldBackTo(reads: ReturnType<typeof readsOf>, ms: number): number {
  return reads.find(({ toMs, noticedMs }) => toMs <= ms && ms < noticedMs)?.toMs ?? Infinity;
}

/** Everything that the holder put on its way, in order. */
function recordsOf(
  plan: HolderPlan,
  { joinMs, endMs, linesMs }: { joinMs: number; endMs: number; linesMs: readonly number[] },
): LogRecord[] {
  const reads = readsOf(plan, joinMs, endMs);
  const records: LogRecord[] = [];
  const put = (
    what: LogRecord['what'],
    writtenMs: number,
    atMs: number,
    { sinceMs = 0, aheadMs = 0 } = {},
  ): void => {
    records.push({ what, writtenMs, atMs, sinceMs, aheadMs, isNamed: false });
  };
  for (const { fromMs, toMs, noticedMs } of reads) {
    put('join', fromMs, fromMs);
    if (noticedMs < endMs) put('end', noticedMs, noticedMs, { sinceMs: toMs });
  }
  const read = linesMs.filter((atMs) => isIn(reads, atMs));
  for (const [i, atMs] of read.entries()) {
    put('line', atMs, atMs, { aheadMs: i % plan.aheadEvery === 0 ? plan.aheadMs : 0 });
  }
  for (let ms = joinMs + plan.tickPhaseMs; ms <= endMs; ms += 1_000) {
    const atMs = Math.min(ms - ALLOWANCE_MS, heldBackTo(reads, ms));
    if (atMs >= 0) put('tick', ms, atMs);
  }
  const lastMs = reads.at(-1)?.toMs ?? 0;
  if (plan.end === 'handedOver') put('end', endMs, endMs, { sinceMs: lastMs });
  const order = { join: 0, line: 1, tick: 2, end: 3, lost: 4 } as const;
  return records.sort((a, b) => a.writtenMs - b.writtenMs || order[a.what] - order[b.what]);
}

/** The records that reach the log, with the time at which they do. */
function arrivalsOf(plan: HolderPlan, records: LogRecord[], endMs: number): LogRecord[] {
  const cutMs = endMs - plan.unsentMs;
  const isSent = ({ writtenMs }: LogRecord): boolean => writtenMs <= cutMs;
  const sent = records
    .filter((record) => plan.end === 'handedOver' || isSent(record))
    .map((record) => ({ ...record, writtenMs: record.writtenMs + plan.delayMs }));
  if (plan.end === 'killed' || plan.end === 'handedOver') return sent;
  const lateMs = endMs + plan.delayMs + plan.spoolLateMs;
  const spooled = records.filter((record) => !isSent(record));
  // Who wakes up reads what lay in the sockets, late, and says who it is.
  const named = spooled.map((record) => ({ ...record, isNamed: plan.end === 'asleep' }));
  const late = plan.end === 'damagedSpool' ? damaged(spooled) : named;
  return [...sent, ...late.map((record) => ({ ...record, writtenMs: lateMs }))];
}

/** Loses the first line of a spool and what stands there instead; its time is the next record's. */
function damaged(spooled: LogRecord[]): LogRecord[] {
  const at = spooled.findIndex(({ what }) => what === 'line');
  if (at === -1) return spooled;
  const rest = spooled.slice(at + 1);
  const atMs = rest[0]?.writtenMs ?? END_MS;
  const nothing = { sinceMs: 0, aheadMs: 0, isNamed: false };
  const lost: LogRecord = { what: 'lost', writtenMs: 0, atMs, ...nothing };
  return [...spooled.slice(0, at), lost, ...rest];
}

function historyOf(
  sets: readonly { readerSet: string; plans: readonly HolderPlan[] }[],
  linesMs: readonly number[],
): History {
  const log: (LogRecord & Holder)[] = [];
  const vouched: Span[] = [];
  for (const { readerSet, plans } of sets) {
    let freeMs = 5_000;
    for (const [i, each] of plans.entries()) {
      const isLast = i === plans.length - 1;
      // The last one of each set reads on to the end: what comes after it nobody could tell.
      const plan: HolderPlan = isLast ? { ...each, end: 'killed', unsentMs: 0, cutAt: null } : each;
      const soonestMs = Math.max(1_000, freeMs + each.joinsAfterMs);
      const joinMs = isLast ? Math.min(soonestMs, END_MS - 5_000) : soonestMs;
      const endMs = isLast ? END_MS : Math.min(END_MS - 2_000, joinMs + each.readsMs);
      if (joinMs >= endMs) continue;
      const holder = { readerSet, generation: i + 1 };
      const records = arrivalsOf(plan, recordsOf(plan, { joinMs, endMs, linesMs }), endMs);
      log.push(...records.map((record) => ({ ...record, ...holder, records })));
      for (const span of vouchedBy(records, isLast)) addSpan(vouched, span);
      freeMs = endMs;
    }
  }
  return { log: log.sort((a, b) => a.writtenMs - b.writtenMs), linesMs, vouched };
}

/** What the records of one holder vouch for, by the words of the definition. */
function vouchedBy(records: readonly LogRecord[], isNewest: boolean): Span[] {
  const spans: Span[] = [];
  let fromMs: number | null = null;
  let toMs = 0;
  for (const { what, atMs, sinceMs } of records) {
    if (what === 'join') [fromMs, toMs] = [atMs, atMs];
    if (fromMs === null) continue;
    if (what === 'tick') toMs = Math.max(toMs, atMs);
    if (what === 'lost') {
      spans.push({ fromMs, toMs });
      fromMs = Math.max(fromMs, atMs);
      toMs = Math.max(toMs, fromMs);
    }
    if (what !== 'end') continue;
    spans.push({ fromMs, toMs: Math.max(fromMs, sinceMs) });
    fromMs = null;
  }
  if (fromMs !== null) spans.push({ fromMs, toMs: isNewest ? Infinity : toMs });
  return spans;
}

/** The room as the fold sees it, and what the store holds of its gaps. */
class Folded {
  readonly room: Observation = createObservation();
  readonly #ticks: TickOf[] = [];
  readonly #stored = new Map<number, Gap>();
  #timeMs = 0;

  take(record: LogRecord & Holder): void {
    const { what, atMs, sinceMs, readerSet, generation } = record;
    const of = { readerSet, generation, atMs };
    if (what === 'join') vouchByJoin(this.room, of, this.#ticks);
    if (what === 'line') this.#line(record);
    if (what === 'end') {
      endByReader(this.room, { ...of, sinceMs, reason: 'connection_lost' }, this.#ticks);
    }
    if (what === 'lost') loseRecords(this.room, of, this.#ticks);
    if (what === 'tick') {
      const forgotten = noteTick(this.#ticks, of);
      if (forgotten !== null) settleTick(this.room, forgotten);
    }
    if (what === 'tick') this.#timeMs = Math.max(this.#timeMs, atMs);
    this.tell(Math.floor((this.#timeMs - LATENESS_MS) / 1000) * 1000);
  }

  #line({ atMs, aheadMs, isNamed, readerSet, generation }: LogRecord & Holder): void {
    const line = {
      atMs: atMs + aheadMs,
      ...(aheadMs > 0 ? { readAtMs: atMs } : {}),
      ...(isNamed ? { readBy: { readerSet, generation } } : {}),
    };
    vouchByLine(this.room, line, this.#ticks);
    this.#timeMs = Math.max(this.#timeMs, line.atMs);
  }

  tell(toldBeforeMs: number): void {
    const { told } = retell(this.room, { ticks: this.#ticks, toldBeforeMs });
    for (const gap of told) this.#stored.set(gap.idMs, { ...gap });
  }

  get gaps(): Span[] {
    return [...this.#stored.values()]
      .filter(({ fromMs, toMs }) => fromMs < toMs)
      .map(({ fromMs, toMs }) => ({ fromMs, toMs }))
      .sort((a, b) => a.fromMs - b.fromMs);
  }
}

function fold({ log }: History): { gaps: Span[]; stored: Set<number>; joinedMs: number } {
  const folded = new Folded();
  for (const record of log) folded.take(record);
  folded.tell(Infinity);
  const stored = new Set(log.filter(({ what }) => what === 'line').map(({ atMs }) => atMs));
  return { gaps: folded.gaps, stored, joinedMs: folded.room.joinedMs ?? Infinity };
}

const lines = fc.uniqueArray(fc.integer({ min: 1_000, max: END_MS - 2_000 }), { maxLength: 120 });
const plans = fc.array(holderPlan, { minLength: 1, maxLength: 6 });
/** Holders of set a, of set b if there is one, and lines. */
const settings = fc.tuple(plans, fc.option(plans, { nil: null }), lines);

function historyIn([a, b, linesMs]: typeof settings extends fc.Arbitrary<infer T>
  ? T
  : never): History {
  const sets = [{ readerSet: 'a', plans: a }];
  if (b !== null) sets.push({ readerSet: 'b', plans: b });
  return historyOf(
    sets,
    linesMs.toSorted((x, y) => x - y),
  );
}

describe('gaps, against a model of what was read', () => {
  it('hold every lost line and no stored one, whoever died when and whatever came late', () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const history = historyIn(setting);
        const { gaps, stored, joinedMs } = fold(history);
        for (const atMs of history.linesMs) {
          const isInside = gaps.some(({ fromMs, toMs }) => fromMs < atMs && atMs < toMs);
          if (stored.has(atMs)) assert.ok(!isInside, `${atMs} is stored`);
          else if (atMs > joinedMs) assert.ok(isIn(gaps, atMs), `${atMs} is lost`);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('lie where nobody vouches, and nowhere else, but for what lines prove', () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const history = historyIn(setting);
        const { gaps, joinedMs } = fold(history);
        const room = { fromMs: joinedMs, toMs: Infinity };
        const withoutLines = uncovered(history.vouched, room);
        for (const gap of gaps) {
          assert.deepEqual(uncovered(withoutLines, gap), [], 'a gap in what was vouched for');
        }
        if (history.linesMs.length === 0) assert.deepEqual(gaps, withoutLines);
      }),
      { numRuns: 500 },
    );
  });

  it('are never told where holders overlap by a tick and their records come within a second', () => {
    const planned = fc.array(
      holderPlan.map((plan) => ({
        ...plan,
        end: 'handedOver' as const,
        cutAt: null,
        aheadMs: 0 as const,
        readsMs: plan.readsMs + 5_000,
        joinsAfterMs: -1_000 - (plan.readsMs % 1_000),
      })),
      { minLength: 2, maxLength: 6 },
    );
    fc.assert(
      fc.property(planned, lines, (moves, linesMs) => {
        const history = historyOf([{ readerSet: 'a', plans: moves }], linesMs);
        const folded = new Folded();
        for (const record of history.log) {
          folded.take(record);
          assert.deepEqual(folded.room.gaps, []);
        }
        folded.tell(Infinity);
        assert.deepEqual(folded.gaps, []);
      }),
      { numRuns: 500 },
    );
  });
});
