import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { createSeenIds, forgetIdsBefore, noteId } from './seen-ids.ts';

const NOW_MS = 1_790_000_000_000;

describe('seen ids', () => {
  it('tells repeats from news as a set would', () => {
    const step = fc.record({
      channelId: fc.constantFrom('1', '2'),
      id: fc.oneof(fc.uuid({ version: 4 }), fc.string({ maxLength: 2 }), fc.constant('a')),
      minute: fc.nat(12),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.nat(200), (steps, forgetAt) => {
        const seen = createSeenIds();
        const model = new Set<string>();
        let firstMinute = 0;
        steps.forEach(({ channelId, id, minute }, i) => {
          const atMs = NOW_MS + minute * 60_000;
          if (i === forgetAt) {
            firstMinute = 6;
            const beforeMs = NOW_MS - (NOW_MS % 60_000) + 6 * 60_000;
            forgetIdsBefore(seen, beforeMs, beforeMs + 4 * 60_000);
          }
          const key = `${channelId} ${minute} ${id}`;
          const expected = minute < firstMinute ? 'beyond' : model.has(key) ? 'repeated' : 'new';
          model.add(key);
          assert.equal(noteId(seen, { channelId, id, atMs }), expected);
        });
      }),
    );
  });

  it('keeps three million ids of ten minutes in 60 MB', () => {
    const seen = createSeenIds();
    // A tenth of it, which is as long as a test may take.
    for (let minute = 0; minute < 10; minute += 1) {
      const atMs = NOW_MS + minute * 60_000;
      for (let i = 0; i < 30_000; i += 1) noteId(seen, { channelId: '1', id: randomUUID(), atMs });
      forgetIdsBefore(seen, atMs - 600_000, atMs);
    }
    const bytes = [...seen.minutes.values()].reduce((sum, { slots }) => sum + slots.byteLength, 0);
    assert.ok(bytes * 10 < 60 * 1024 * 1024, `${bytes * 10} bytes`);
  });

  it('still finds and takes ids in a minute that was packed', () => {
    const seen = createSeenIds();
    const ids = Array.from({ length: 1_000 }, () => randomUUID());
    for (const id of ids) noteId(seen, { channelId: '1', id, atMs: NOW_MS });
    forgetIdsBefore(seen, NOW_MS - 60_000, NOW_MS + 180_000);
    for (const id of ids) {
      assert.equal(noteId(seen, { channelId: '1', id, atMs: NOW_MS }), 'repeated');
      assert.equal(noteId(seen, { channelId: '2', id, atMs: NOW_MS }), 'new');
    }
  });
});
