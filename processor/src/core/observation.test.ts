import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LineReading } from '@crest/shared/records/line-reading';
import type { UnobservedReason } from '@crest/shared/records/room-observed';
import { isSecondObserved, observedShare, retell, type Gap } from './gap-list.ts';
import {
  createObservation,
  endByReader,
  loseRecords,
  noteTick,
  settleTick,
  vouchByJoin,
  vouchByLine,
  type Observation,
  type TickOf,
} from './observation.ts';

const LATENESS_MS = 2_000;

/** A room and the ticks of its partition, told in short words. */
class Story {
  readonly room: Observation = createObservation();
  readonly ticks: TickOf[] = [];
  /** What the store holds: the last word on each gap. */
  readonly stored = new Map<number, Gap>();
  #timeMs = 0;

  join(atMs: number, generation = 1, readerSet = 'a'): this {
    vouchByJoin(this.room, { readerSet, generation, atMs }, this.ticks);
    return this.#tell();
  }

  lose(sinceMs: number, atMs = sinceMs, facts: Partial<Loss> = {}): this {
    const loss: Loss = { readerSet: 'a', generation: 1, reason: 'connection_lost', ...facts };
    endByReader(this.room, { ...loss, sinceMs, atMs }, this.ticks);
    return this.#tell();
  }

  tick(atMs: number, generation = 1, readerSet = 'a'): this {
    const forgotten = noteTick(this.ticks, { readerSet, generation, atMs });
    if (forgotten !== null) settleTick(this.room, forgotten);
    return this.#tell(atMs);
  }

  line(atMs: number, reading: LineReading = {}): this {
    vouchByLine(this.room, { atMs, ...reading }, this.ticks);
    return this.#tell(atMs);
  }

  lostRecords(atMs: number, generation = 1): this {
    loseRecords(this.room, { readerSet: 'a', generation, atMs }, this.ticks);
    return this.#tell();
  }

  /** Time passes until every gap is told. */
  end(): this {
    return this.#tell(1e9);
  }

  get gaps(): [number, number | null][] {
    return [...this.stored.values()]
      .filter(({ fromMs, toMs }) => fromMs !== toMs)
      .map(({ fromMs, toMs }): [number, number | null] => [fromMs, toMs === Infinity ? null : toMs])
      .sort(([a], [b]) => a - b);
  }

  #tell(timeMs = 0): this {
    this.#timeMs = Math.max(this.#timeMs, timeMs);
    const toldBeforeMs = Math.floor((this.#timeMs - LATENESS_MS) / 1000) * 1000;
    const { told } = retell(this.room, { ticks: this.ticks, toldBeforeMs });
    for (const gap of told) this.stored.set(gap.idMs, { ...gap });
    return this;
  }
}

interface Loss {
  readerSet: string;
  generation: number;
  reason: UnobservedReason;
}

/** A holder slept from 5 to 20 s while another took over, and reads what lay in its sockets. */
function woken(story: Story, untilMs: number): Story {
  const readBy = { readerSet: 'a', generation: 1 };
  story.join(1_000).tick(5_000).tick(12_000, 2).join(13_000, 2).tick(19_000, 2);
  for (let atMs = 5_500; atMs <= untilMs; atMs += 500) story.line(atMs, { readBy });
  return story;
}

const CASES: readonly { name: string; story: () => Story; gaps: [number, number | null][] }[] = [
  {
    name: 'a quiet room that is read has no gap',
    story: () => new Story().join(1_000).tick(2_000).tick(3_000).tick(60_000),
    gaps: [],
  },
  {
    name: 'there is no gap before the first observation',
    story: () => new Story().lose(1_000).tick(2_000).join(9_000),
    gaps: [],
  },
  {
    name: 'a lost connection opens a gap at the last moment vouched for, the next join closes it',
    story: () => new Story().join(1_000).tick(5_000).lose(5_400, 6_000).tick(7_000).join(8_000),
    gaps: [[5_400, 8_000]],
  },
  {
    name: 'a half-open socket takes back what ticks had said since',
    story: () => new Story().join(1_000).tick(5_000).tick(9_000).lose(4_000, 9_500),
    gaps: [[4_000, null]],
  },
  {
    name: 'a message vouches even against the reader',
    story: () => new Story().join(1_000).line(4_500).lose(4_000, 9_500),
    gaps: [[4_500, null]],
  },
  {
    name: 'a holder that died leaves a gap from its last tick to the next join',
    story: () => new Story().join(1_000).tick(5_000).tick(15_000, 2).join(16_000, 2),
    gaps: [[5_000, 16_000]],
  },
  {
    name: 'the join alone tells as much when no tick of the new holder came before it',
    story: () => new Story().join(1_000).tick(5_000).join(16_000, 2),
    gaps: [[5_000, 16_000]],
  },
  {
    name: 'however short, a change of holders leaves a gap where nobody vouches',
    story: () => new Story().join(1_000).tick(5_000).tick(6_000, 2).join(6_300, 2),
    gaps: [[5_000, 6_300]],
  },
  {
    name: 'the old holder goes on vouching until it is relieved',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .tick(6_000, 2)
        .tick(7_000)
        .tick(8_000, 2)
        .join(8_200, 2)
        .tick(8_300),
    gaps: [],
  },
  {
    name: 'lines of the old holder vouch until it is relieved, and those of the new one from there on',
    story: () =>
      new Story().join(1_000).tick(5_000).line(5_700).join(6_300, 2).line(6_400).line(6_200),
    gaps: [
      [5_700, 6_200],
      [6_200, 6_300],
    ],
  },
  {
    name: 'a spool drained late shrinks the gap, whatever happened to its reader meanwhile',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .join(20_000, 2)
        .tick(40_000, 2)
        .line(5_500)
        .tick(9_000)
        .lose(9_500, 10_000)
        .join(12_000)
        .tick(15_000),
    gaps: [
      [9_500, 12_000],
      [15_000, 20_000],
    ],
  },
  {
    name: 'a spool drained late that reaches beyond the next join leaves no gap',
    story: () => new Story().join(1_000).tick(5_000).join(20_000, 2).tick(40_000, 2).tick(20_500),
    gaps: [],
  },
  {
    name: 'records lost in a spool are a gap, but for the lines that came of it',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .line(5_200)
        .lostRecords(9_000)
        .tick(8_000)
        .line(8_500)
        .tick(9_500),
    gaps: [
      [5_200, 8_500],
      [8_500, 9_000],
    ],
  },
  {
    name: 'a join may be lost in a spool too: lines from behind it prove nothing before',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .tick(7_000, 2)
        .lostRecords(9_000, 2)
        .line(9_500, { readBy: { readerSet: 'a', generation: 2 } })
        .line(9_700)
        .tick(12_000, 2),
    gaps: [
      [5_000, 9_000],
      [9_700, null],
    ],
  },
  {
    name: 'a refused room is lost when the old holder ends',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .lose(0, 6_000, { generation: 2, reason: 'refused' })
        .tick(6_500)
        .tick(7_000, 2),
    gaps: [[6_500, null]],
  },
  {
    name: 'repeats of what a reader said before change nothing',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .lose(5_000, 5_100)
        .join(7_000)
        .join(1_000)
        .lose(5_000, 5_100)
        .tick(30_000),
    gaps: [[5_000, 7_000]],
  },
  {
    name: 'what the old holder says it read afterwards shortens the gap',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .tick(9_000, 2)
        .join(10_000, 2)
        .lose(9_500, 10_100, { reason: 'handed_over' }),
    gaps: [[9_500, 10_000]],
  },
  {
    name: 'an old holder that read to the end leaves none',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .tick(9_000, 2)
        .join(10_000, 2)
        .lose(10_050, 10_100, { reason: 'handed_over' }),
    gaps: [],
  },
  {
    name: 'a slow reader is no gap: it vouches later for all of it',
    story: () => new Story().join(1_000).tick(5_000).line(20_000).tick(21_000),
    gaps: [],
  },
  {
    name: 'records of an older generation are ignored',
    story: () => new Story().join(1_000, 5).tick(2_000, 5).lose(1_500, 2_100, { generation: 4 }),
    gaps: [],
  },
  {
    name: 'a room is observed while any reader set reads it',
    story: () =>
      new Story()
        .join(1_000)
        .join(1_000, 1, 'b')
        .tick(5_000)
        .lose(5_000)
        .tick(8_000, 1, 'b')
        .lose(8_000, 8_500, { readerSet: 'b' })
        .join(9_000),
    gaps: [[8_000, 9_000]],
  },
  {
    name: 'where one reader set turns out to have been away, only what the other missed too is a gap',
    story: () =>
      new Story()
        .join(1_000)
        .join(1_000, 1, 'b')
        .tick(5_000)
        .tick(5_000, 1, 'b')
        .join(20_000, 2)
        .tick(9_000, 1, 'b')
        .tick(22_000, 2)
        .join(30_000, 2, 'b'),
    gaps: [[9_000, 20_000]],
  },
  {
    name: 'a reader set that took up a room while the other was away ends the gap',
    story: () =>
      new Story().join(1_000).tick(5_000).lose(5_000).join(8_000, 1, 'b').tick(60_000, 1, 'b'),
    gaps: [[5_000, 8_000]],
  },
  {
    name: 'a line says nothing of the time before its possible reader joined',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .join(8_000, 1, 'b')
        .line(9_000)
        .join(20_000, 2)
        .lose(9_000, 20_100, { readerSet: 'b' }),
    gaps: [
      [5_000, 8_000],
      [9_000, 20_000],
    ],
  },
  {
    name: 'a stamp ahead of the clock vouches no further than to when its line was read',
    story: () =>
      new Story()
        .join(1_000)
        .tick(4_000)
        .line(60_000, { readAtMs: 5_000 })
        .lose(4_500, 6_000)
        .join(8_000),
    gaps: [[5_000, 8_000]],
  },
  {
    name: 'nor does it where its reader is killed',
    story: () =>
      new Story().join(1_000).line(15_000, { readAtMs: 5_000 }).tick(12_000, 2).join(13_000, 2),
    gaps: [[5_000, 13_000]],
  },
  {
    name: 'late lines give the holder that they name the time up to them, in one piece',
    story: () => woken(new Story(), 9_000),
    gaps: [[9_000, 13_000]],
  },
  {
    name: 'a holder that slept and had read on leaves no gap',
    story: () => woken(new Story(), 14_500),
    gaps: [],
  },
  {
    name: 'its tick says the same once more, and its end takes nothing of it back',
    story: () => woken(new Story(), 9_000).tick(8_900).lose(8_700, 20_000),
    gaps: [[9_000, 13_000]],
  },
  {
    name: 'late lines that name a holder of which nothing is known divide a gap',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .join(13_000, 2)
        .line(7_000, { readBy: { readerSet: 'a', generation: 0 } }),
    gaps: [
      [5_000, 7_000],
      [7_000, 13_000],
    ],
  },
  {
    name: 'late lines say nothing of the time before the holder that they name joined',
    story: () =>
      new Story()
        .join(1_000)
        .tick(5_000)
        .join(13_000, 2)
        .line(9_000, { readBy: { readerSet: 'a', generation: 2 } }),
    gaps: [
      [5_000, 9_000],
      [9_000, 13_000],
    ],
  },
  {
    name: 'no stored message lies inside a gap: one from before it was noticed moves its beginning',
    story: () => new Story().join(1_000).lose(5_000, 6_000).line(5_600).join(8_000),
    gaps: [[5_600, 8_000]],
  },
  {
    name: 'no stored message lies inside a gap: one that comes after it divides it',
    story: () => new Story().join(1_000).lose(5_000, 6_000).join(8_000).line(7_900),
    gaps: [
      [5_000, 7_900],
      [7_900, 8_000],
    ],
  },
];

describe('observation', () => {
  for (const { name, story, gaps } of CASES) {
    it(name, () => assert.deepEqual(story().end().gaps, gaps));
  }

  it('never has a line inside a gap, whatever happens', () => {
    const step = fc.record({
      what: fc.constantFrom('join', 'lose', 'tick', 'line'),
      byMs: fc.integer({ min: 0, max: 3_000 }),
      backMs: fc.integer({ min: 0, max: 2_000 }),
      generation: fc.integer({ min: 1, max: 3 }),
      readerSet: fc.constantFrom('a', 'b'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const story = new Story();
        const lines: number[] = [];
        let nowMs = 10_000;
        for (const { what, byMs, backMs, generation, readerSet } of steps) {
          nowMs += byMs;
          if (what === 'join') story.join(nowMs, generation, readerSet);
          if (what === 'lose') story.lose(nowMs - backMs, nowMs, { generation, readerSet });
          if (what === 'tick') story.tick(nowMs, generation, readerSet);
          if (what !== 'line') continue;
          story.line(nowMs - backMs);
          lines.push(nowMs - backMs);
        }
        for (const [fromMs, toMs] of story.gaps) {
          assert.ok(toMs === null || fromMs < toMs);
          assert.ok(!lines.some((atMs) => fromMs < atMs && atMs < (toMs ?? Infinity)));
        }
        const open = story.gaps.filter(([, toMs]) => toMs === null);
        assert.ok(open.length <= 1);
      }),
    );
  });

  it('knows the share of a span and which seconds were whole', () => {
    const { room } = new Story().join(1_000).lose(5_400, 6_000).join(8_000).end();
    assert.equal(observedShare(room, 5_000, 6_000), 0.4);
    assert.equal(observedShare(room, 0, 10_000), 0.64);
    assert.equal(observedShare(room, 8_000, 9_000), 1);
    assert.deepEqual(
      [4, 5, 7, 8].map((second) => isSecondObserved(room, second)),
      [true, false, false, true],
    );
  });

  it('begins with the first join, whatever was stamped before it', () => {
    const { room } = new Story().join(5_000).line(1_000).line(6_000).end();
    assert.equal(observedShare(room, 0, 10_000), 0.5);
    const early = new Story().join(5_000).join(2_000, 0, 'b').end();
    assert.equal(observedShare(early.room, 0, 10_000), 0.8);
  });

  it('takes the time in which nobody wanted the room for unobserved', () => {
    const { room } = new Story()
      .join(1_000)
      .tick(5_000)
      .lose(5_000, 5_000, { reason: 'unwanted' })
      .join(9_000)
      .end();
    assert.deepEqual(
      room.gaps.map(({ reason }) => reason),
      ['unwanted'],
    );
    assert.equal(observedShare(room, 5_000, 9_000), 0);
  });
});
