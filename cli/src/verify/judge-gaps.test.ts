import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Disturbance } from '../core/chaos/disturbance.ts';
import { judgeGaps, type GapQuestions } from './judge-gaps.ts';
import { ReadingRecount } from './reading-recount.ts';

const SPEED = 20;
const SECOND = 1_000;

/** A room that was read but from second 1,000 to second 1,060. */
function readingWithGap(): ReadingRecount {
  const reading = new ReadingRecount();
  const of = { readerSet: 'a', version: 1, channelId: '1', channelLogin: 'one' } as const;
  const join = { ...of, type: 'room.observed' } as const;
  reading.take(0, { ...join, generation: 1, atMs: 0 });
  const tick = { type: 'tick', version: 1, readerSet: 'a', partition: 0 } as const;
  reading.take(0, { ...tick, generation: 1, atMs: 1_000 * SECOND });
  reading.take(0, { ...join, generation: 2, atMs: 1_060 * SECOND });
  return reading;
}

const KILL: Disturbance = {
  kind: 'kill',
  what: 'collector',
  service: 'collector',
  atWallMs: 0,
  atMs: 1_010 * SECOND,
  lastedMs: 0,
};

function judged(changes: Partial<GapQuestions> = {}) {
  const kinds: string[] = [];
  const verdict = judgeGaps(
    {
      gaps: [{ roomId: '1', fromMs: 1_000 * SECOND, toMs: 1_060 * SECOND }],
      reading: readingWithGap(),
      hasLineAt: () => false,
      disturbances: [KILL],
      speed: SPEED,
      roomsEach: 1,
      endMs: 3_600 * SECOND,
      ...changes,
    },
    (kind) => kinds.push(kind),
  );
  return { ...verdict, kinds };
}

const gapOf = (from: number, to: number) => [
  { roomId: '1', fromMs: from * SECOND, toMs: to * SECOND },
];

describe('judgeGaps', () => {
  it('finds nothing wrong with a gap from the last tick to the join after a kill', () => {
    assert.deepEqual(judged(), {
      untrue: 0,
      unexplained: 0,
      seconds: 60,
      allowedSeconds: 200,
      kinds: [],
    });
  });

  const untrue: readonly { name: string; gaps: GapQuestions['gaps'] }[] = [
    { name: 'begins before the last moment vouched for', gaps: gapOf(900, 1_060) },
    { name: 'begins after it', gaps: gapOf(1_005, 1_060) },
    { name: 'goes on after the join', gaps: gapOf(1_000, 1_070) },
    { name: 'ends before the join', gaps: gapOf(1_000, 1_050) },
  ];
  for (const { name, gaps } of untrue) {
    it(`calls a gap untrue that ${name}`, () => {
      assert.deepEqual(judged({ gaps }).kinds, ['untrueGap']);
    });
  }

  it('takes the end of a loss for an end, since lines behind it prove that the room was read', () => {
    const reading = readingWithGap();
    const atMs = 1_030 * SECOND;
    const lost = { type: 'records.lost', version: 1, readerSet: 'a', partition: 0 } as const;
    reading.take(0, { ...lost, generation: 0, atMs });
    assert.equal(judged({ reading, gaps: gapOf(1_000, 1_030) }).untrue, 0);
    assert.equal(judged({ reading, gaps: gapOf(1_000, 1_031) }).untrue, 1);
    assert.equal(judged({ reading }).untrue, 0);
  });

  it('takes a line of chat for an edge', () => {
    const hasLineAt = (roomId: string, atMs: number): boolean =>
      roomId === '1' && atMs === 1_005 * SECOND;
    assert.equal(judged({ gaps: gapOf(1_005, 1_060), hasLineAt }).untrue, 0);
  });

  const causes: readonly { name: string; of: Partial<Disturbance>; explains: boolean }[] = [
    { name: 'a collector that crashed', of: { kind: 'crash' }, explains: true },
    {
      name: 'sockets that were cut',
      of: { kind: 'cut', what: 'collector-twitch' },
      explains: true,
    },
    {
      name: 'a pause that lasted into it',
      of: { kind: 'pause', atMs: 900 * SECOND, lastedMs: 8_000 },
      explains: true,
    },
    { name: 'a broker that was killed', of: { what: 'kafka', service: 'kafka' }, explains: false },
    { name: 'Kafka cut off', of: { kind: 'cut', what: 'collector-kafka' }, explains: false },
    { name: 'a roll-out', of: { kind: 'roll' }, explains: false },
    { name: 'a kill long before', of: { atMs: 800 * SECOND }, explains: false },
    { name: 'a kill long after', of: { atMs: 1_200 * SECOND }, explains: false },
  ];
  for (const { name, of, explains } of causes) {
    it(`${explains ? 'explains' : 'does not explain'} a gap by ${name}`, () => {
      const { unexplained } = judged({ disturbances: [{ ...KILL, ...of }] });
      assert.equal(unexplained, explains ? 0 : 1);
    });
  }

  it('takes gaps that lines divide for one, with one cause', () => {
    const gaps = [...gapOf(1_000, 1_055), ...gapOf(1_055, 1_058), ...gapOf(1_058, 1_060)];
    const at = { ...KILL, atMs: 1_005 * SECOND };
    const { unexplained } = judged({ gaps, hasLineAt: () => true, disturbances: [at] });
    assert.equal(unexplained, 0);
    const alone = judged({ gaps: gapOf(1_055, 1_058), hasLineAt: () => true, disturbances: [at] });
    assert.equal(alone.unexplained, 1);
  });

  it('asks for no cause where nobody wrote down what happened', () => {
    const { unexplained, allowedSeconds } = judged({ disturbances: null });
    assert.deepEqual([unexplained, allowedSeconds], [0, Infinity]);
  });

  it('allows ten seconds of wall time for every kill, and a pause its length', () => {
    const pause = { ...KILL, kind: 'pause' as const, lastedMs: 8_000 };
    const { allowedSeconds } = judged({ disturbances: [KILL, pause], roomsEach: 3 });
    assert.equal(allowedSeconds, (10 + 18) * SPEED * 3);
  });
});
