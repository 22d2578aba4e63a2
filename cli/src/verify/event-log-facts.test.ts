import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counterWanted } from '@crest/shared/records/counter-wanted';
import type { LedgerLine, LedgerRun } from '@crest/simulator/ledger/ledger-line';
import { readLedgerBook } from '@crest/simulator/recount/ledger-book';
import { channelEvent, observed, tick } from '../../tests/_util/channel-events.ts';
import { EventLogFacts } from './event-log-facts.ts';

const ROOM = { id: '1001', login: 'alpha' };

function lineAt(atMs: number, id = `id-${atMs}`): LedgerLine {
  return {
    kind: 'line',
    room: ROOM.id,
    id,
    atMs,
    wallMs: atMs,
    command: 'PRIVMSG',
    userId: 'ann',
    text: 'hello',
    bits: 0,
    emotes: 0,
    mirrored: false,
    readers: 1,
  };
}

const counter = (action: 'start' | 'stop'): string =>
  counterWanted.encode({
    type: 'counter.wanted',
    version: 1,
    counterId: 'c',
    phrase: 'gg',
    action,
  });

/** The facts of partition 0 after these values, with a lateness of two seconds. */
async function factsOf(values: readonly string[], sent: readonly LedgerLine[] = []) {
  const run: LedgerRun = {
    kind: 'run',
    runId: 'test',
    seed: 1,
    mode: 'world',
    clock: 'wall',
    rooms: [ROOM],
  };
  const book = await readLedgerBook([run, ...sent], []);
  const facts = new EventLogFacts({
    book,
    latenessMs: 2_000,
    onDifference: () => undefined,
    gaps: [],
  });
  values.forEach((value, offset) => {
    facts.take(0, { offset, key: null, value: Buffer.from(value), timestampMs: 0 });
  });
  return facts;
}

describe('EventLogFacts', () => {
  it('keeps the watermark behind the highest stamp or tick', async () => {
    assert.equal((await factsOf([])).watermarkMs(0), -Infinity);
    const values = [tick(0, 9_000), channelEvent(lineAt(10_000)), tick(0, 9_500)];
    assert.equal((await factsOf(values)).watermarkMs(0), 8_000);
  });

  it('takes a line for late once its second is closed, not before', async () => {
    const closing = tick(0, 12_000);
    assert.equal((await factsOf([closing, channelEvent(lineAt(10_000))])).late, 0);
    const late = await factsOf([closing, channelEvent(lineAt(9_999))]);
    assert.equal(late.late, 1);
    const { room } = lineAt(9_999);
    assert.ok(late.hasLateLine(room, 9_999, 10_000));
    assert.ok(!late.hasLateLine(room, 9_000, 9_999));
    assert.ok(!late.hasLateLine('another', 9_999, 10_000));
  });

  it('lets counters count from the next whole second on, and stop likewise', async () => {
    const values = [tick(0, 9_000), counter('start'), counter('start'), tick(0, 12_345)];
    const facts = await factsOf([...values, counter('stop'), counter('stop'), tick(0, 20_000)]);
    assert.deepEqual(facts.counterSpans(0).get('c'), [{ fromMs: 10_000, toMs: 13_000 }]);
  });

  it('lets counters that are wanted before any time count from the beginning, and again', async () => {
    const values = [counter('start'), tick(0, 5_000), counter('stop'), counter('start')];
    assert.deepEqual((await factsOf(values)).counterSpans(0).get('c'), [
      { fromMs: 0, toMs: 6_000 },
      { fromMs: 6_000, toMs: null },
    ]);
  });

  it('counts repeats of lines that were sent, and of lines that never were', async () => {
    const [known, stranger] = [lineAt(1_000), lineAt(2_000)].map((line) => channelEvent(line));
    assert.ok(known !== undefined && stranger !== undefined);
    const values = [known, stranger, known, stranger, known];
    assert.equal((await factsOf(values, [lineAt(1_000)])).resent, 3);
  });

  it('remembers when a room was first read, and where its records are', async () => {
    const facts = await factsOf([observed(ROOM, 3_000), observed(ROOM, 9_000)]);
    assert.equal(facts.firstObservedMs.get(ROOM.id), 3_000);
    assert.equal(facts.partitionOf.get(ROOM.id), 0);
  });

  it('tells which lines were put back in time', async () => {
    const facts = await factsOf([channelEvent(lineAt(60_000), 900_000)], [lineAt(60_000)]);
    assert.deepEqual(facts.clamped, [{ roomId: ROOM.id, index: 0, atMs: 60_000 }]);
  });

  it('counts what it cannot read and goes on', async () => {
    const facts = await factsOf(['no JSON', '{"type":"tick","version":9}', tick(0, 5_000)]);
    assert.equal(facts.unreadable, 2);
    assert.equal(facts.watermarkMs(0), 3_000);
  });
});
