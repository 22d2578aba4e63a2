import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { roomClearedLine } from './chat-lines.ts';
import { type Schedule, mergeSchedules } from './schedule.ts';
import type { ScheduledLine } from './scheduled-line.ts';

function scheduleOf(offsets: readonly number[], name: string): Schedule {
  const sorted = [...offsets].sort((one, other) => one - other);
  let taken = 0;
  return {
    get nextMs() {
      return sorted[taken] ?? Infinity;
    },
    take() {
      const offsetMs = sorted[taken] ?? Infinity;
      taken += 1;
      return roomClearedLine(offsetMs, { login: name, id: name });
    },
  };
}

function playOut(schedule: Schedule): ScheduledLine[] {
  const lines: ScheduledLine[] = [];
  while (schedule.nextMs < Infinity) {
    const { nextMs } = schedule;
    const line = schedule.take();
    assert.equal(line.offsetMs, nextMs, 'nextMs tells the next line');
    lines.push(line);
  }
  return lines;
}

describe(mergeSchedules.name, () => {
  it('gives every line once, in order of time, ties in the order of the schedules', () => {
    const rooms = fc.array(fc.array(fc.nat({ max: 20 })), { maxLength: 12 });
    fc.assert(
      fc.property(rooms, (offsets) => {
        const merged = playOut(
          mergeSchedules(offsets.map((each, index) => scheduleOf(each, String(index)))),
        );
        const expected = offsets
          .flatMap((each, index) => each.map((offsetMs) => ({ offsetMs, index })))
          .sort((one, other) => one.offsetMs - other.offsetMs || one.index - other.index);
        assert.deepEqual(
          merged.map((line) => ({ offsetMs: line.offsetMs, index: Number(line.room.login) })),
          expected,
        );
      }),
    );
  });

  it('refuses to give a line where none is left', () => {
    assert.throws(() => mergeSchedules([]).take(), RangeError);
  });
});
