import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import type { UnobservedReason } from '@crest/shared/records/room-observed';
import { ReadingRecount } from './reading-recount.ts';

const PARTITION = 3;
const by = (generation: number) => ({ readerSet: 'a', generation, version: 1 }) as const;
const ROOM = { channelId: '1', channelLogin: 'one' };

const joined = (generation: number, atMs: number): ChannelEvent => ({
  type: 'room.observed',
  ...by(generation),
  ...ROOM,
  atMs,
});
const ended = (
  generation: number,
  sinceMs: number,
  reason: UnobservedReason = 'connection_lost',
): ChannelEvent => ({
  type: 'room.unobserved',
  ...by(generation),
  ...ROOM,
  atMs: sinceMs + 5,
  sinceMs,
  reason,
});
const ticked = (generation: number, atMs: number): ChannelEvent => ({
  type: 'tick',
  ...by(generation),
  partition: PARTITION,
  atMs,
});
const lost = (generation: number, atMs: number): ChannelEvent => ({
  type: 'records.lost',
  ...by(generation),
  partition: PARTITION,
  atMs,
});

const CASES: readonly {
  name: string;
  events: readonly ChannelEvent[];
  spans: readonly (readonly [number, number])[];
}[] = [
  {
    name: 'the newest holder reads on until it says otherwise',
    events: [joined(1, 100), ticked(1, 200)],
    spans: [[100, Infinity]],
  },
  {
    name: 'a holder that fell silent read up to its last tick',
    events: [joined(1, 100), ticked(1, 200), ticked(1, 300), joined(2, 700)],
    spans: [
      [100, 300],
      [700, Infinity],
    ],
  },
  {
    name: 'one that was followed before it ticked read no longer than its join',
    events: [joined(1, 100), ticked(2, 300)],
    spans: [[100, 100]],
  },
  {
    name: 'what ticks said of the room after its end is taken back',
    events: [joined(1, 100), ticked(1, 400), ended(1, 250), joined(1, 600)],
    spans: [
      [100, 250],
      [600, Infinity],
    ],
  },
  {
    name: 'a planned move leaves no hole: the old holder reads past the join of the new one',
    events: [joined(1, 100), joined(2, 500), ended(1, 520, 'handed_over')],
    spans: [
      [100, 520],
      [500, Infinity],
    ],
  },
  {
    name: 'records that were lost are a hole in what their reader read',
    events: [joined(1, 100), ticked(1, 200), lost(1, 300), ticked(1, 400)],
    spans: [
      [100, 200],
      [300, Infinity],
    ],
  },
];

describe('ReadingRecount', () => {
  for (const { name, events, spans } of CASES) {
    it(name, () => {
      const reading = new ReadingRecount();
      for (const event of events) reading.take(PARTITION, event);
      const found = reading.spansOf('1').map(({ fromMs, toMs }) => [fromMs, toMs]);
      assert.deepEqual(found, spans);
    });
  }

  it('knows nothing of a room that nobody read', () => {
    assert.deepEqual(new ReadingRecount().spansOf('9'), []);
  });
});
