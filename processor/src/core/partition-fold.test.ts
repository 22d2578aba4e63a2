import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { counterIdOf } from '@crest/shared/records/counter-wanted';
import type { ChannelEvent } from '@crest/shared/records/channel-event';
import type { ChatMessage } from '@crest/shared/records/chat-message';
import type { Window } from '@crest/shared/records/windows-updated';
import { FoldRun, keyOf, naiveWindows, SETTINGS } from '../../tests/_util/fold-run.ts';
import { message, notice, observed, tick, unobserved } from '../../tests/_util/records.ts';
import { createEffects } from './fold-effects.ts';
import { bucketKey } from './line-buckets.ts';
import { PartitionFold } from './partition-fold.ts';
import { createPartitionState } from './partition-state.ts';

/** The last minute of an hour, so that short stories cross every border. */
const START_MS = 1_790_000_000_000 - (1_790_000_000_000 % 3_600_000) + 3_570_000;
const OBSERVED = ['1', '2', '3'].map((id) => observed(id, START_MS - 3_700_000));

const TEXTS = ['hello', '!so you', 'GG 👋🏽 gg', '', 'ｗｏｗ such'];

/** A line somewhere in the story; `slipMs` is how much later than its stamp it comes. */
const lines = fc.record({
  channelId: fc.constantFrom('1', '2', '3'),
  offsetMs: fc.integer({ min: 0, max: 90_000 }),
  slipMs: fc.integer({ min: 0, max: 1_900 }),
  kind: fc.constantFrom('message', 'message', 'message', 'mirrored', 'sub', 'raid'),
  user: fc.integer({ min: 0, max: 4 }),
  text: fc.constantFrom(...TEXTS),
  bits: fc.constantFrom(0, 0, 0, 100),
  emotes: fc.integer({ min: 0, max: 3 }),
  isRepeated: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

type Line = typeof lines extends fc.Arbitrary<infer T> ? T : never;

function eventOf(line: Line, i: number): ChannelEvent {
  const facts = { channelId: line.channelId, id: `id-${i}`, atMs: START_MS + line.offsetMs };
  const userId = String(line.user);
  if (line.kind === 'sub' || line.kind === 'raid') return notice({ ...facts, notice: line.kind });
  const mirroredFrom = line.kind === 'mirrored' ? { channelId: '99', id: 'x' } : null;
  const { text, bits, emotes } = line;
  return message({ ...facts, userId, text, bits, emotes, mirroredFrom });
}

/** The log of a story: lines in the order in which they came, ticks once a second, an end. */
function logOf(story: readonly Line[], slip = 1): ChannelEvent[] {
  const arrivals = story.flatMap((line, i) => {
    const at = START_MS + line.offsetMs + line.slipMs * slip;
    const event = eventOf(line, i);
    return line.isRepeated
      ? [
          { at, event },
          { at: at + 700, event },
        ]
      : [{ at, event }];
  });
  for (let second = 0; second <= 95; second += 1) {
    const at = START_MS + second * 1000;
    arrivals.push({ at, event: tick(at) });
  }
  arrivals.sort((a, b) => a.at - b.at);
  const end = tick(START_MS + 3_700_000);
  return [...OBSERVED, ...arrivals.map(({ event }) => event), end];
}

const withoutShare = (windows: ReadonlyMap<string, Window>): unknown =>
  Object.fromEntries(
    [...windows].sort().map(([key, { observedShare: _, ...rest }]) => [key, rest]),
  );

/** Every line of the log once, by channel and id. */
function idsIn(log: readonly ChannelEvent[]): string[] {
  const isLine = ({ type }: ChannelEvent): boolean => /^chat\.(message|notice)$/.test(type);
  const ids = (log.filter(isLine) as ChatMessage[]).map((line) => `${line.channelId} ${line.id}`);
  return [...new Set(ids)].sort();
}

function storedIds(run: FoldRun): string[] {
  const buckets = [...run.buckets.values()];
  return buckets.flatMap(({ channelId, lines }) => lines.map((l) => `${channelId} ${l.id}`)).sort();
}

const stories = fc.array(lines, { minLength: 1, maxLength: 60 });

describe('PartitionFold', () => {
  it('counts what a plain recount counts, whatever comes twice or out of order', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const log = logOf(story);
        const run = new FoldRun().run(log);
        const expected = naiveWindows(log, START_MS + 3_698_000);
        assert.deepEqual(withoutShare(run.windows), Object.fromEntries([...expected].sort()));
        assert.deepEqual(withoutShare(run.stored), Object.fromEntries([...expected].sort()));
        assert.equal(run.late, 0);
        assert.deepEqual(storedIds(run), idsIn(log));
      }),
    );
  });

  it('corrects what was closed when lines come minutes late', () => {
    fc.assert(
      fc.property(stories, (story) => {
        // Up to 95 s late: seconds, tens and minutes are closed by then, ids still remembered.
        const log = logOf(story, 50);
        const run = new FoldRun().run(log);
        const expected = naiveWindows(log, START_MS + 3_698_000);
        assert.deepEqual(withoutShare(run.windows), Object.fromEntries([...expected].sort()));
        assert.deepEqual(withoutShare(run.stored), Object.fromEntries([...expected].sort()));
        assert.deepEqual(storedIds(run), idsIn(log));
      }),
    );
  });

  it('leaves it to the store when even the ids are forgotten', () => {
    const first = message({ channelId: '1', id: 'a', atMs: START_MS + 100 });
    const second = message({ channelId: '1', id: 'b', atMs: START_MS + 200 });
    const log = [...OBSERVED, first, tick(START_MS + 900_000), first, second, second];
    const run = new FoldRun().run([...log, tick(START_MS + 3_700_000)]);
    const expected = naiveWindows(log, START_MS + 3_698_000);
    assert.deepEqual(withoutShare(run.windows), Object.fromEntries([...expected].sort()));
    assert.equal(run.storedLines().length, 2);
  });

  it('goes on after a restart at any point as if nothing had been', () => {
    fc.assert(
      fc.property(stories, fc.array(fc.nat(200), { maxLength: 3 }), (story, cuts) => {
        const log = logOf(story, 10);
        const plain = new FoldRun().run(log);
        const restarted = new FoldRun();
        let from = 0;
        for (const cut of [...cuts, log.length].sort((a, b) => a - b)) {
          restarted.run(log.slice(from, cut));
          from = Math.max(from, Math.min(cut, log.length));
          restarted.restart();
        }
        assert.deepEqual(restarted.windows, plain.windows);
        assert.deepEqual(restarted.stored, plain.stored);
        assert.deepEqual(restarted.spikes, plain.spikes);
        assert.deepEqual(restarted.gaps, plain.gaps);
        assert.deepEqual(restarted.buckets, plain.buckets);
        assert.equal(restarted.repeated, plain.repeated);
      }),
      { numRuns: 50 },
    );
  });

  it('makes the same buckets of lines however the log is cut into batches', () => {
    fc.assert(
      fc.property(stories, fc.integer({ min: 1, max: 50 }), (story, size) => {
        const log = logOf(story, 50);
        const oneByOne = new FoldRun().run(log);
        const fold = new PartitionFold(createPartitionState(0), SETTINGS);
        const buckets = new Map<string, unknown>();
        for (let from = 0; from < log.length; from += size) {
          const effects = createEffects();
          log.slice(from, from + size).forEach((event, i) => fold.step(event, from + i, effects));
          for (const each of effects.buckets) buckets.set(bucketKey(each), each.lines);
        }
        const expected = [...oneByOne.buckets].map(([key, { lines }]): [string, unknown] => [
          key,
          lines,
        ]);
        assert.deepEqual(buckets, new Map(expected));
      }),
      { numRuns: 50 },
    );
  });

  it('tells early what grows, never more than what becomes final', () => {
    const log = [
      message({ channelId: '1', id: 'a', atMs: START_MS + 100 }),
      message({ channelId: '1', id: 'b', atMs: START_MS + 200, userId: '2' }),
    ];
    const run = new FoldRun();
    for (const event of log) run.run([event]).tellEarly();
    assert.deepEqual(
      run.early.map(({ messages, chatters, final }) => [messages, chatters, final]),
      [
        [1, 1, false],
        [2, 2, false],
      ],
    );
    run.run([tick(START_MS + 10_000)]).tellEarly();
    assert.equal(run.early.length, 2);
  });

  it('says watermarks once per tick, with the offset of the tick', () => {
    const fold = new PartitionFold(createPartitionState(3), SETTINGS);
    const effects = createEffects();
    fold.step(message({ channelId: '1', id: 'a', atMs: START_MS }), 40, effects);
    fold.step(tick(START_MS + 500, 3), 41, effects);
    assert.deepEqual(
      effects.outgoing.filter(({ type }) => type === 'watermark.moved'),
      [
        {
          type: 'watermark.moved',
          version: 1,
          partition: 3,
          revision: 41,
          watermarkMs: START_MS + 500 - SETTINGS.latenessMs,
        },
      ],
    );
  });

  it('counts a phrase from the next whole second on until the one after it is stopped', () => {
    const counterId = counterIdOf('Big Play');
    const wanted = { type: 'counter.wanted', version: 1, counterId, phrase: 'big play' } as const;
    const say = (offsetMs: number, text: string): ChannelEvent =>
      message({ channelId: '1', id: `${offsetMs}`, atMs: START_MS + offsetMs, text });
    const run = new FoldRun().run([
      ...OBSERVED,
      tick(START_MS + 500),
      { ...wanted, action: 'start' },
      say(700, 'big play'),
      say(1_100, 'what a  BIG\tplay!'),
      say(1_200, 'such a ＢＩＧ play'),
      say(1_300, 'big play big play'),
      say(1_400, 'bigplay'),
      tick(START_MS + 2_500),
      { ...wanted, action: 'stop' },
      say(2_600, 'big play'),
      say(3_100, 'big play'),
      tick(START_MS + 20_000),
    ]);
    const ten = run.windows.get(keyOf('1', { spanSeconds: 10, startMs: START_MS }));
    assert.deepEqual(ten?.counters, { [counterId]: 3 });
    const second = run.windows.get(keyOf('1', { spanSeconds: 1, startMs: START_MS }));
    assert.deepEqual(second?.counters, {});
  });

  it('gives windows around a gap their share, also those that were closed too early', () => {
    const log: ChannelEvent[] = [...OBSERVED];
    for (let second = 0; second <= 20; second += 1) {
      const atMs = START_MS + second * 1000;
      log.push(
        message({ channelId: '1', id: `${second}`, atMs: Math.min(atMs, START_MS + 14_000) }),
      );
      log.push(tick(atMs));
    }
    // The socket was dead since 14.5 s, which was noticed at 20 s.
    log.push(unobserved('1', START_MS + 20_000, { sinceMs: START_MS + 14_500 }));
    log.push(observed('1', START_MS + 25_000), tick(START_MS + 60_000));
    const run = new FoldRun().run(log);
    assert.deepEqual(
      [...run.gaps.values()].map(({ fromMs, toMs, reason }) => [fromMs, toMs, reason]),
      [[START_MS + 14_500, START_MS + 25_000, 'connection_lost']],
    );
    const shareOf = (spanSeconds: 1 | 10, offsetMs: number): number | undefined =>
      run.stored.get(keyOf('1', { spanSeconds, startMs: START_MS + offsetMs }))?.observedShare;
    assert.equal(shareOf(1, 13_000), 1);
    assert.equal(shareOf(1, 14_000), 0.5);
    assert.equal(shareOf(10, 10_000), 0.45);
    assert.equal(shareOf(10, 0), 1);
  });

  it('moves the beginning of one gap where a collector woke up with its sockets full', () => {
    const at = (second: number): number => START_MS + second * 1000;
    const readBy = { readerSet: 'a', generation: 1 };
    const log: ChannelEvent[] = [...OBSERVED, tick(at(5))];
    for (let second = 11; second < 20; second += 1) log.push(tick(at(second), 0, 2));
    log.splice(5, 0, ...['1', '2', '3'].map((id) => observed(id, at(12), 2)));
    const late = Array.from({ length: 500 }, (_, i) =>
      message({ channelId: '1', id: `late-${i}`, atMs: at(5) + i * 10, readBy }),
    );
    const gapsOf = (run: FoldRun): (number | null)[][] =>
      [...run.gaps.values()]
        .filter(({ channelId }) => channelId === '1')
        .map(({ fromMs, toMs }) => [(fromMs - START_MS) / 1000, ((toMs ?? 0) - START_MS) / 1000]);
    const run = new FoldRun().run([...log, ...late]);
    assert.deepEqual(gapsOf(run), [[9.99, 12]]);
    run.run([message({ channelId: '1', id: 'last', atMs: at(13), readBy })]);
    assert.deepEqual(gapsOf(run), [[9.99, 9.99]]);
  });

  it('forgets a room a day after anybody wanted it, and begins anew when it is wanted again', () => {
    const day = 24 * 3_600_000;
    const log = [...OBSERVED, tick(START_MS), unobserved('1', START_MS, { reason: 'unwanted' })];
    const run = new FoldRun().run([...log, tick(START_MS + day)]);
    assert.deepEqual([...run.fold.state.channels.keys()], ['1', '2', '3']);
    run.run([tick(START_MS + day + 3_600_000)]);
    assert.deepEqual([...run.fold.state.channels.keys()], ['2', '3']);
    const [againMs, endMs] = [START_MS + 2 * day, START_MS + 3 * day];
    run.run([observed('1', againMs), message({ channelId: '1', id: 'm', atMs: againMs + 500 })]);
    run.run([tick(endMs)]);
    const startMs = Math.floor(againMs / 60_000) * 60_000;
    const minute = run.stored.get(keyOf('1', { spanSeconds: 60, startMs }));
    assert.equal(minute?.observedShare, 1 - (againMs - startMs) / 60_000);
  });

  it('forgets a room of which a holder never said that it ended, since it was killed', () => {
    const day = 24 * 3_600_000;
    const taken = [
      tick(START_MS),
      tick(START_MS + 5_000, 0, 2),
      observed('1', START_MS + 5_000, 2),
    ];
    const at = START_MS + 10_000;
    const left = unobserved('1', at, { reason: 'unwanted', generation: 2 });
    const run = new FoldRun().run([...OBSERVED, ...taken, left]);
    run.run([tick(at + day, 0, 2), tick(at + day + 3_600_000, 0, 2)]);
    assert.deepEqual([...run.fold.state.channels.keys()], ['2', '3']);
  });

  it('sees a room lost that the old holder joined once more, restarted or not', () => {
    const at = (second: number): number => START_MS + second * 1000;
    const before = [observed('1', at(0)), tick(at(4)), unobserved('1', at(5)), tick(at(6), 0, 2)];
    // The old holder joins again while the new one ticks, and dies before that one joins.
    const after = [observed('1', at(7)), tick(at(8)), tick(at(9), 0, 2), tick(at(12), 0, 2)];
    const plain = new FoldRun().run([...before, ...after]);
    const restarted = new FoldRun().run(before).restart().run(after);
    assert.deepEqual(restarted.gaps, plain.gaps);
    assert.deepEqual(
      [...plain.gaps.values()].map(({ fromMs, toMs, reason }) => [fromMs, toMs, reason]),
      [
        [at(5), at(7), 'connection_lost'],
        [at(8), null, 'reader_lost'],
      ],
    );
  });

  it('finds a spike and says it once', () => {
    const log: ChannelEvent[] = [...OBSERVED];
    let id = 0;
    for (let second = 0; second < 400; second += 1) {
      const count = second >= 350 && second < 355 ? 30 : 1;
      for (let i = 0; i < count; i += 1) {
        id += 1;
        log.push(message({ channelId: '1', id: `${id}`, atMs: START_MS + second * 1000 + i }));
      }
      log.push(tick(START_MS + second * 1000 + 999));
    }
    const run = new FoldRun().run(log);
    assert.equal(run.spikes.length, 1);
    assert.equal(run.spikes[0]?.messages, 150);
    assert.equal(run.spikes[0]?.channelId, '1');
  });

  it('refuses an offset that it has folded', () => {
    const fold = new PartitionFold(createPartitionState(0), SETTINGS);
    fold.skip(4);
    assert.throws(() => fold.step(tick(START_MS), 4, createEffects()), RangeError);
  });
});
