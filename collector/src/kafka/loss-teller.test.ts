import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutgoingRecord } from '@crest/shared/kafka/port';
import { tick } from '@crest/shared/records/tick';
import { LossTeller } from './loss-teller.ts';

const TOPIC = 'channel.events';

function tickRecord(partition: number, generation: number, timestampMs: number): OutgoingRecord {
  const said = { partition, readerSet: 'a', generation, atMs: timestampMs };
  const value = Buffer.from(tick.encode({ type: 'tick', version: 1, ...said }));
  return { topic: TOPIC, partition, key: null, value, timestampMs };
}

function line(timestampMs: number): OutgoingRecord {
  const value = Buffer.from('{"type":"chat.message"}');
  return { topic: TOPIC, partition: 0, key: '1', value, timestampMs };
}

/** Short: `line`, `tick p@g`, `lost p@g until t`. */
function short(records: readonly OutgoingRecord[]): string[] {
  return records.map(({ value }) => {
    const said = JSON.parse(String(value)) as Record<string, unknown>;
    if (said['type'] === 'chat.message') return 'line';
    const who = `${String(said['partition'])}@${String(said['generation'])}`;
    return said['type'] === 'tick' ? `tick ${who}` : `lost ${who} until ${String(said['atMs'])}`;
  });
}

function teller(
  held: { partition: number; readerSet: string; generation: number }[] = [],
): LossTeller {
  return new LossTeller({
    topic: TOPIC,
    readerSet: 'a',
    held: () => held,
    eventAtMs: (wallMs) => wallMs * 20,
    nowMs: () => 900,
  });
}

describe('LossTeller', () => {
  it('adds nothing while nothing is missing', () => {
    const records = [tickRecord(0, 5, 100), line(110), tickRecord(1, 6, 120)];
    assert.deepEqual(teller().tell(records, false), records);
  });

  it('says in the place of the loss whose records are missing, in event time behind them', () => {
    const told = teller([{ partition: 2, readerSet: 'a', generation: 9 }]);
    told.tell([tickRecord(0, 5, 100), tickRecord(1, 6, 100)], false);
    assert.deepEqual(short(told.tell([line(200), tickRecord(0, 5, 210)], true)), [
      'lost 0@5 until 4020',
      'lost 1@6 until 4020',
      'lost 2@9 until 4020',
      'line',
      'tick 0@5',
    ]);
  });

  it('says it before the first tick of a writer that was not known, once', () => {
    const told = teller();
    // A line of it would prove that its reader had read what is missing.
    const first = ['lost 0@0 until 4020', 'line'];
    assert.deepEqual(short(told.tell([line(200)], true)), first);
    const next = [line(210), tickRecord(0, 5, 215), tickRecord(3, 7, 220), tickRecord(3, 7, 1220)];
    assert.deepEqual(short(told.tell(next, false)), [
      'line',
      'lost 0@5 until 4020',
      'tick 0@5',
      'lost 3@7 until 4020',
      'tick 3@7',
      'tick 3@7',
    ]);
    told.forget();
    assert.deepEqual(short(told.tell([tickRecord(3, 8, 2220)], false)), ['tick 3@8']);
  });

  it('says it where nothing is left to be sent', () => {
    const told = teller([{ partition: 2, readerSet: 'a', generation: 9 }]);
    assert.deepEqual(short(told.tell([], true)), ['lost 2@9 until 18020']);
  });
});
