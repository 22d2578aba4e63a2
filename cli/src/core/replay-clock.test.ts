import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventClock } from '@crest/shared/event-clock';
import fc from 'fast-check';
import {
  eventDelays,
  finalHourEndMs,
  JOIN_TIME_MAX_MS,
  JOIN_TIME_USUAL_MS,
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
  /** The clock of a replay, and the event time of its first line when joins take so long. */
  function started(replay: { longestMs: number; speed: number }, joinMs: number) {
    let wallMs = NOW + joinMs;
    const clock = createEventClock(replayClock(replay, NOW), () => wallMs);
    const startAtMs = Math.ceil(clock.nowMs() / 1_000) * 1_000;
    const nowAfter = (ms: number): number => ((wallMs = NOW + joinMs + ms), clock.nowMs());
    return { startAtMs, nowAfter, wallMs: () => wallMs };
  }

  it('never passes the wall clock before every window is final, however long the joins take', () => {
    const joins = fc.integer({ min: 0, max: JOIN_TIME_MAX_MS });
    const shares = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(replays, joins, shares, (replay, joinMs, share) => {
        const { startAtMs, nowAfter, wallMs } = started(replay, joinMs);
        const nowMs = nowAfter(share * replayWallMs(replay, startAtMs));
        // The first line waits for a whole second.
        assert.ok(nowMs <= wallMs() + 1_000);
      }),
    );
  });

  it('starts no more than an hour earlier than it must', () => {
    fc.assert(
      fc.property(replays, (replay) => {
        fc.pre(replay.speed > 1);
        const { nowAfter, wallMs } = started(replay, JOIN_TIME_MAX_MS);
        const endMs = nowAfter((replay.longestMs + tailMs(replay.speed)) / replay.speed);
        assert.ok(wallMs() - endMs <= HOUR + 2);
      }),
    );
  });

  it('lets an hour end soon after the last line where the joins do not take long', () => {
    const speeds = fc.integer({ min: 2, max: 60 });
    const joins = fc.integer({ min: 5_000, max: JOIN_TIME_USUAL_MS });
    fc.assert(
      fc.property(replays, speeds, joins, ({ longestMs }, speed, joinMs) => {
        const { startAtMs } = started({ longestMs, speed }, joinMs);
        const wallMs = replayWallMs({ longestMs, speed }, startAtMs) - longestMs / speed;
        // What is left of the usual time, a second or two, and the lateness of two.
        assert.ok(wallMs <= JOIN_TIME_USUAL_MS - joinMs + 5_000);
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
