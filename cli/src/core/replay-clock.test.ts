import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventClock } from '@crest/shared/event-clock';
import fc from 'fast-check';
import {
  eventDelays,
  finalHourEndMs,
  JOIN_TIME_MAX_MS,
  replayClock,
  replayWallMs,
  tailMs,
} from './replay-clock.ts';

const HOUR = 3_600_000;
const NOW = 1_795_000_000_000;

const replays = fc.record({
  longestMs: fc.integer({ min: 0, max: 48 * HOUR }),
  speed: fc.double({ min: 0.25, max: 200, noNaN: true }),
});

describe('replayClock', () => {
  it('never passes the wall clock before every window is final, however long the joins take', () => {
    fc.assert(
      fc.property(
        replays,
        fc.integer({ min: 0, max: JOIN_TIME_MAX_MS }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (replay, joinMs, share) => {
          let wallMs = NOW;
          const clock = createEventClock(replayClock(replay, NOW), () => wallMs);
          wallMs = Math.floor(NOW + share * (joinMs + replayWallMs(replay)));
          assert.ok(clock.nowMs() <= wallMs);
        },
      ),
    );
  });

  it('starts no earlier than it must: with the longest join the end is at the wall clock', () => {
    fc.assert(
      fc.property(replays, (replay) => {
        fc.pre(replay.speed >= 1);
        let wallMs = NOW;
        const clock = createEventClock(replayClock(replay, NOW), () => wallMs);
        wallMs = NOW + JOIN_TIME_MAX_MS + replayWallMs(replay);
        assert.ok(Math.abs(clock.nowMs() - wallMs) <= 2);
      }),
    );
  });

  it('is the wall clock at speed 1', () => {
    const { wallAnchorMs, eventAnchorMs, speed } = replayClock({ longestMs: HOUR, speed: 1 }, NOW);
    assert.deepEqual([wallAnchorMs, eventAnchorMs, speed], [NOW, NOW, 1]);
  });
});

describe('eventDelays', () => {
  it('grow with the speed, because they stand for wall time', () => {
    assert.deepEqual(eventDelays(1), { latenessMs: 2_000, clampMs: 60_000, deliveryMs: 250 });
    assert.deepEqual(eventDelays(60), {
      latenessMs: 120_000,
      clampMs: 3_600_000,
      deliveryMs: 15_000,
    });
  });
});

describe('finalHourEndMs', () => {
  it('is after the last line by at most an hour, and the tail covers it with the lateness', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: NOW }),
        fc.integer({ min: 1, max: 60 }),
        (at, speed) => {
          const end = finalHourEndMs(at);
          assert.ok(end > at && end % HOUR === 0);
          assert.ok(end + eventDelays(speed).latenessMs <= at + tailMs(speed));
        },
      ),
    );
  });
});
