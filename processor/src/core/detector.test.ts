import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { detectAll } from './detector-batch.ts';
import {
  createDetector,
  DETECTOR_DEFAULTS,
  forgetSeconds,
  needsEverySecond,
  observeSecond,
  skipQuiet,
  type DetectorSettings,
  type Spike,
} from './detector.ts';

/** Small numbers, so that random histories go through every mode. */
const SMALL: DetectorSettings = {
  windowSeconds: 3,
  baselineSeconds: 20,
  warmUpSeconds: 10,
  baselineObservedSecondsMin: 5,
  baselinePerSecondMin: 0.1,
  messagesMin: 2,
  threshold: 2,
  raisedSecondsMax: 5,
  coolDownSeconds: 4,
};

function eachSecond(
  counts: readonly number[],
  unknown: ReadonlySet<number> = new Set(),
  settings = DETECTOR_DEFAULTS,
): Spike[] {
  const state = createDetector(settings);
  return counts.flatMap((messages, second) => {
    const spike = observeSecond(
      state,
      { second, messages, observed: !unknown.has(second) },
      settings,
    );
    return spike === null ? [] : [spike];
  });
}

const steady = (seconds: number, messages: number): number[] => Array(seconds).fill(messages);

const histories = fc.array(
  fc.record({
    messages: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 }) },
      { weight: 1, arbitrary: fc.integer({ min: 3, max: 30 }) },
    ),
    lost: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 200 },
);

describe('observeSecond', () => {
  it('finds one spike for one burst, with its start, peak and end', () => {
    const burst = [12, 30, 40, 20, 5];
    const spikes = eachSecond([...steady(300, 1), ...burst, ...steady(60, 1)]);
    assert.equal(spikes.length, 1);
    const [spike] = spikes;
    assert.ok(spike!.startSecond >= 300 && spike!.startSecond <= 301);
    assert.ok(spike!.peakSecond >= 302 && spike!.peakSecond <= 304);
    assert.ok(spike!.endSecond > spike!.peakSecond);
    assert.equal(spike!.messages, 107);
    assert.equal(spike!.baselinePerSecond, 1);
  });

  it('is silent while it warms up', () => {
    assert.deepEqual(eachSecond([...steady(200, 1), 50, 50, ...steady(30, 1)]), []);
  });

  it('does not take three greetings in a sleeping channel for a crowd', () => {
    assert.deepEqual(eachSecond([1, ...steady(300, 0), 3, ...steady(30, 0)]), []);
  });

  it('ends a rate that stays high after the longest time and waits the cool-down', () => {
    const spikes = eachSecond([...steady(300, 1), ...steady(100, 40)]);
    const { raisedSecondsMax, coolDownSeconds } = DETECTOR_DEFAULTS;
    const [first, second] = spikes;
    assert.equal(first!.endSecond - first!.startSecond + 1, raisedSecondsMax);
    assert.ok(second === undefined || second.startSecond > first!.endSecond + coolDownSeconds);
  });

  it('takes unobserved seconds for unknown, not for quiet', () => {
    const quiet = new Set(Array.from({ length: 200 }, (_, i) => 200 + i));
    const counts = [...steady(200, 10), ...steady(200, 0), ...steady(60, 10)];
    assert.deepEqual(eachSecond(counts, quiet), []);
    assert.notDeepEqual(eachSecond(counts), []);
  });

  it('refuses a second out of turn', () => {
    const state = createDetector();
    observeSecond(state, { second: 5, messages: 1, observed: true });
    assert.throws(
      () => observeSecond(state, { second: 7, messages: 1, observed: true }),
      RangeError,
    );
  });

  it('keeps its sums equal to what the ring holds', () => {
    fc.assert(
      fc.property(histories, fc.nat(200), fc.nat(30), (history, from, length) => {
        const state = createDetector(SMALL);
        history.forEach(({ messages, lost }, second) => {
          observeSecond(state, { second, messages, observed: !lost }, SMALL);
          if (second === from) {
            forgetSeconds(state, { fromSecond: second - length, toSecond: second - 1 }, SMALL);
          }
        });
        const known = [...state.ring].filter((count) => count !== 0xffff);
        const sum = known.reduce((a, b) => a + b, 0);
        assert.equal(state.windowMessages + state.baselineMessages, sum);
        assert.equal(state.windowObserved + state.baselineObserved, known.length);
      }),
    );
  });
});

describe('skipQuiet', () => {
  it('gives the same as stepping each second', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const lost = new Set(history.flatMap(({ lost }, second) => (lost ? [second] : [])));
        const counts = history.map(({ messages }) => messages);
        const lazy = createDetector(SMALL);
        const spikes: Spike[] = [];
        const isObserved = (second: number): boolean => !lost.has(second);
        counts.forEach((messages, second) => {
          // A detector that no quiet second can change is left alone until the next message.
          if (messages === 0 && !needsEverySecond(lazy)) return;
          spikes.push(...skipQuiet(lazy, second, isObserved, SMALL));
          const spike = observeSecond(
            lazy,
            { second, messages, observed: isObserved(second) },
            SMALL,
          );
          if (spike !== null) spikes.push(spike);
        });
        assert.deepEqual(spikes, eachSecond(counts, lost, SMALL));
      }),
    );
  });

  it('is quick over a silence of years', () => {
    const state = createDetector();
    observeSecond(state, { second: 0, messages: 3, observed: true });
    skipQuiet(state, 1_700_000_000, () => true);
    assert.equal(state.lastSecond, 1_699_999_999);
    assert.equal(state.windowMessages + state.baselineMessages, 0);
  });
});

describe('detectAll', () => {
  it('gives the same as stepping each second', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const lost = new Set(history.flatMap(({ lost }, second) => (lost ? [second] : [])));
        const counts = new Map(history.map(({ messages }, second) => [second, messages]));
        const unobserved = [...lost].map((s) => ({ fromMs: s * 1000 + 1, toMs: s * 1000 + 999 }));
        const batch = detectAll({ counts, unobserved, lastSecond: history.length - 1 }, SMALL);
        assert.deepEqual(batch, eachSecond([...counts.values()], lost, SMALL));
      }),
    );
  });
});
