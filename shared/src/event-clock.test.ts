import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createEventClock, parseEventClock, printEventClock } from './event-clock.ts';

describe('createEventClock', () => {
  it('is the wall clock when nothing is set', () => {
    assert.equal(createEventClock(null, () => 42).nowMs(), 42);
  });

  it('passes speed seconds of event time in a second of wall time', () => {
    let wallMs = 1_000_000;
    const setting = { wallAnchorMs: 1_000_000, eventAnchorMs: 5_000, speed: 60 };
    const clock = createEventClock(setting, () => wallMs);
    assert.equal(clock.nowMs(), 5_000);
    wallMs += 1_000;
    assert.equal(clock.nowMs(), 65_000);
  });
});

describe('parseEventClock', () => {
  it('reads what printEventClock prints', () => {
    const setting = fc.record(
      {
        wallAnchorMs: fc.nat(),
        eventAnchorMs: fc.nat(),
        speed: fc.integer({ min: 1, max: 1000 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.option(setting), (value) => {
        assert.deepEqual(parseEventClock(printEventClock(value)), value);
      }),
    );
  });

  for (const text of ['', 'clock', '1,2', '1,2,0', '1,2,-3', '1,2,x', '1,2,3,4']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseEventClock(text), RangeError);
    });
  }
});
