import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MailPace } from './mail-pace.ts';

describe(MailPace.name, () => {
  it('lets a few go at once and gives each of the rest a time of its own', () => {
    const pace = new MailPace(4, 10);
    const waits = Array.from({ length: 7 }, () => pace.take('a', 1_000));
    assert.deepEqual(waits, [0, 0, 0, 0, 1_000, 1_250, 1_500]);
  });

  it('keeps mailboxes apart', () => {
    const pace = new MailPace(1, 10);
    assert.equal(pace.take('a', 0), 0);
    assert.equal(pace.take('b', 0), 0);
    assert.equal(pace.take('a', 0), 1_000);
  });

  it('never lets more go in any second than it may, and lets all go in the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 60 }),
        (perSecond, pauses) => {
          const pace = new MailPace(perSecond, 10);
          const went: number[] = [];
          let atMs = 0;
          const due = pauses.map((pauseMs) => (atMs += pauseMs));
          while (due.length > 0) {
            due.sort((a, b) => a - b);
            const nowMs = due.shift() ?? 0;
            const waitMs = pace.take('a', nowMs);
            if (waitMs === 0) went.push(nowMs);
            else due.push(nowMs + waitMs);
          }
          assert.equal(went.length, pauses.length);
          for (const [index, fromMs] of went.entries()) {
            const later = went[index + perSecond] ?? Infinity;
            assert.ok(later - fromMs >= 1_000, `${perSecond} a second: ${went.join(' ')}`);
          }
        },
      ),
    );
  });

  it('refuses a pace of nothing', () => {
    assert.throws(() => new MailPace(0, 10), RangeError);
  });
});
