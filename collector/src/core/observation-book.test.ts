import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ObservationEntry, ObservationBook } from './observation-book.ts';

const PARTITIONS = 2;

function newBook(): ObservationBook {
  return new ObservationBook({ readerSet: 'a', partitionOf: (id) => Number(id) % PARTITIONS });
}

/** The records of `channel.events`, short: `+id@generation`, `-id@generation`, `tick p@generation`. */
function said(entries: readonly ObservationEntry[]): string[] {
  return entries
    .filter(({ topic }) => topic === 'channelEvents')
    .map(({ record }) => {
      if (record.type === 'room.observed') return `+${record.channelId}@${record.generation}`;
      if (record.type === 'room.unobserved') return `-${record.channelId}@${record.generation}`;
      if (record.type === 'tick') return `tick ${record.partition}@${record.generation}`;
      return record.type;
    });
}

const END = { atMs: 90, sinceMs: 80, reason: 'connection_lost' } as const;

describe('ObservationBook', () => {
  it('says that a room is read once its partition is ours, whichever comes first', () => {
    const held = newBook();
    assert.deepEqual(said(held.hold(0, 7, 10)), []);
    assert.deepEqual(said(held.roomRead('x', '2', 20)), ['+2@7']);

    const read = newBook();
    assert.deepEqual(said(read.roomRead('x', '2', 20)), []);
    assert.deepEqual(said(read.hold(0, 7, 30)), ['+2@7']);
  });

  it('vouches for nothing of partitions that others hold', () => {
    const book = newBook();
    book.hold(1, 7, 10);
    assert.deepEqual(said(book.roomRead('x', '2', 20)), []);
    assert.deepEqual(said(book.ticks(30)), ['tick 1@7']);
    assert.deepEqual(said(book.roomLost('x', END)), []);
  });

  it('never vouches beyond the moment of noticing, nor before the room was read', () => {
    const book = newBook();
    book.hold(0, 7, 10);
    const since = (sinceMs: number): number => {
      book.roomRead('x', '2', 50);
      const [entry] = book.roomLost('x', { ...END, sinceMs });
      assert.ok(entry?.record.type === 'room.unobserved');
      return entry.record.sinceMs;
    };
    assert.equal(since(80), 80);
    assert.equal(since(1_000), 90);
    assert.equal(since(20), 50);
  });

  it('keeps the last state for the next holder', () => {
    const book = newBook();
    book.hold(0, 7, 10);
    const [, observed] = book.roomRead('x', '2', 20);
    assert.deepEqual([observed?.topic, observed?.key], ['channelsObserved', 'a/room/2']);
    const [, unobserved] = book.roomLost('x', END);
    assert.ok(unobserved?.record.type === 'channel.observed');
    assert.deepEqual([unobserved.record.state, unobserved.record.atMs], ['unobserved', 80]);
    const [, last] = book.ticks(100);
    assert.deepEqual([last?.topic, last?.key], ['channelsObserved', 'a/tick/0']);
  });

  it('alternates between read and not read for each room and generation', () => {
    const action = fc.tuple(fc.constantFrom('hold', 'release', 'read', 'lose'), fc.nat(3));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const book = newBook();
        const open = new Set<string>();
        let generation = 0;
        for (const [kind, n] of actions) {
          const entries =
            kind === 'hold'
              ? book.hold(n % PARTITIONS, (generation += 1), 10)
              : kind === 'release'
                ? book.release(n % PARTITIONS, END.atMs)
                : kind === 'read'
                  ? book.roomRead(`login${n}`, String(n), 10)
                  : book.roomLost(`login${n}`, END);
          for (const entry of said(entries)) {
            const room = entry.slice(1);
            if (entry.startsWith('-')) assert.ok(open.delete(room), `${entry} without its +`);
            else assert.ok(!open.has(room) && open.add(room), `${entry} twice`);
          }
        }
      }),
    );
  });
});
