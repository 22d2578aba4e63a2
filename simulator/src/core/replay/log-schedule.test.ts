import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ScheduledLine, renderLine } from '../scheduled-line.ts';
import { type LogEntry, outlineLog, parseLogEntry } from './log-entry.ts';
import { LogSchedule, sayable } from './log-schedule.ts';

const ROOM = { login: 'alpha', id: '123' };

function play(entries: readonly LogEntry[], spanMs = Infinity, seed = 1): ScheduledLine[] {
  const outline = outlineLog(entries, spanMs);
  const schedule = new LogSchedule({ room: ROOM, outline, entries: entries.values(), seed });
  const lines: ScheduledLine[] = [];
  while (schedule.nextMs < Infinity) lines.push(schedule.take());
  return lines;
}

/** Logs as they are recorded: some exact, some in whole seconds, some in steps of three. */
const logs = fc
  .tuple(
    fc.constantFrom(1, 1_000, 3_000),
    fc.array(fc.tuple(fc.nat({ max: 4 }), fc.option(fc.constantFrom('u0', 'u1')), fc.string()), {
      minLength: 2,
    }),
  )
  .map(([stepMs, rows]) => {
    let t = 1_480_664_483_000;
    return rows.map(([steps, u, m]): LogEntry => ({ t: (t += steps * stepMs), u, m }));
  });

describe(LogSchedule.name, () => {
  it('sends every message once, in its order, never before its time and within its step', () => {
    fc.assert(
      fc.property(logs, (entries) => {
        const outline = outlineLog(entries, Infinity);
        const lines = play(entries);
        assert.deepEqual(
          lines.map((line) => line.text),
          entries.map((entry) => sayable(entry.m).text),
        );
        let lastMs = 0;
        for (const [index, line] of lines.entries()) {
          const recordedMs = (entries[index]?.t ?? 0) - outline.firstMs;
          assert.ok(line.offsetMs >= recordedMs && line.offsetMs < recordedMs + outline.stepMs);
          assert.ok(line.offsetMs >= lastMs);
          lastMs = line.offsetMs;
        }
      }),
    );
  });

  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(logs, (entries) => {
        const bytes = (seed: number): string[] =>
          play(entries, Infinity, seed).map((line) => renderLine(line, line.offsetMs));
        assert.deepEqual(bytes(3), bytes(3));
      }),
    );
  });

  it('plays only the first part where a span is given', () => {
    const entries = [0, 500, 1_000, 1_500, 9_999].map((t) => ({ t, u: 'u0', m: String(t) }));
    assert.deepEqual(
      play(entries, 1_500).map((line) => line.text),
      ['0', '500', '1000'],
    );
  });

  it('keeps one person behind one name, and finds people where nobody was recorded', () => {
    const named = play([0, 7, 11].map((t) => ({ t, u: 'u0', m: 'hi' })));
    assert.equal(new Set(named.map((line) => line.userId)).size, 1);
    const unnamed = play(Array.from({ length: 400 }, (_, t) => ({ t, u: null, m: 'hi' })));
    const people = new Set(unnamed.map((line) => line.userId)).size;
    assert.ok(people > 10 && people <= 50, `${people} people`);
  });

  it('sends an empty message as a line with an empty text', () => {
    const [line] = play([{ t: 5, u: 'u0', m: '' }]);
    assert.ok(line);
    assert.match(renderLine(line, 1), / PRIVMSG #alpha :\r\n$/);
  });

  it('sends a recorded /me as a real one', () => {
    const [line] = play([{ t: 5, u: 'u0', m: '\u0001ACTION waves Kappa\u0001' }]);
    assert.ok(line);
    assert.match(
      renderLine(line, 1),
      /emotes=25:6-10;.* PRIVMSG #alpha :\u0001ACTION waves Kappa\u0001\r\n$/,
    );
    assert.equal(line.text, 'waves Kappa');
  });
});

describe(sayable.name, () => {
  it('makes of any text one that a line can carry and UTF-8 does not change', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (recorded) => {
        const { text } = sayable(recorded);
        assert.doesNotMatch(text, /[\r\n\0\u0001]/);
        assert.equal(Buffer.from(text).toString(), text);
      }),
    );
  });
});

describe(outlineLog.name, () => {
  const cases: [name: string, times: number[], stepMs: number][] = [
    ['exact stamps', [100, 103, 107], 1],
    ['whole seconds', [2_000, 3_000, 5_000], 1_000],
    ['steps of three seconds', [9_000, 12_000, 18_000], 3_000],
    ['a lone message', [9_000], 1],
    ['two far apart', [0, 3_600_000], 3_000],
    ['stamps that fall back', [5_000, 4_000, 6_000], 1_000],
  ];
  for (const [name, times, stepMs] of cases) {
    it(`finds the step of ${name}`, () => {
      const entries = times.map((t) => ({ t, u: null, m: '' }));
      assert.equal(outlineLog(entries, Infinity).stepMs, stepMs);
    });
  }

  it('counts what cannot be read', () => {
    const lines = [
      '{"t":1,"u":null,"m":""}',
      'x',
      '{"t":"1","m":""}',
      '{"t":2,"m":"b"}',
      '[]',
      'null',
    ];
    const outline = outlineLog(lines.map(parseLogEntry), Infinity);
    assert.deepEqual([outline.count, outline.malformed], [2, 4]);
  });
});
