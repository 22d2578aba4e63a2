import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Rule } from '@crest/shared/domain/rule';
import type { Window } from '@crest/shared/records/windows-updated';
import { ChannelWatch } from './channel-watch.ts';
import { anticipate, finalise, newEpisodes, type Threshold } from './episodes.ts';
import { MESSAGES_SERIES, type ChannelRules } from './rule-book.ts';
import { Series } from './series.ts';

const BEGIN = 100;

/** A count of one second that came, or the seconds before one that became final. */
type Event = { second: number; messages: number } | { finalBefore: number };

const thresholds: fc.Arbitrary<Threshold[]> = fc.array(
  fc.record({
    atLeast: fc.integer({ min: 1, max: 30 }),
    withinSeconds: fc.integer({ min: 1, max: 5 }),
    cooldownSeconds: fc.nat(6),
  }),
  { minLength: 1, maxLength: 4 },
);
const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    fc.record({ second: fc.integer({ min: 95, max: 120 }), messages: fc.nat(12) }),
    fc.record({ finalBefore: fc.integer({ min: 95, max: 120 }) }),
  ),
  { maxLength: 40 },
);

function windowOf(second: number, messages: number): Window {
  return { spanSeconds: 1, startMs: second * 1_000, messages, counters: {} } as Window;
}

function rulesOf(each: readonly Threshold[]): ChannelRules {
  const counts = each.map((threshold, index) => ({
    rule: { _id: String(index) } as Rule,
    machineId: String(index),
    seriesId: MESSAGES_SERIES,
    threshold,
  }));
  return { counts, spikes: [] };
}

/** What the machine of one rule tells, asked at every growth of a second that is not final. */
function byMachine(threshold: Threshold, happened: readonly Event[]): string[] {
  const state = newEpisodes(BEGIN, 'o');
  const series = new Series();
  const keys: string[] = [];
  let final = -1;
  for (const event of happened) {
    if ('finalBefore' in event) {
      final = Math.max(final, event.finalBefore - 1);
      keys.push(...finalise(state, threshold, series, final).map(({ key }) => key));
    } else if (event.second > final && series.raise(event.second, event.messages) > 0) {
      const episode = anticipate(state, threshold, series);
      if (episode !== null) keys.push(episode.key);
    }
  }
  return keys;
}

function byWatch(each: readonly Threshold[], happened: readonly Event[]): string[][] {
  const watch = new ChannelWatch('login');
  const rules = rulesOf(each);
  const newMachine = () => newEpisodes(BEGIN, 'o');
  let finalSecond = -1;
  const found = happened.flatMap((event) => {
    if ('finalBefore' in event) {
      finalSecond = Math.max(finalSecond, event.finalBefore - 1);
      return watch.advance(rules, finalSecond, newMachine);
    }
    if (event.second <= finalSecond) return [];
    const context = { finalSecond, newMachine, tooLate: () => assert.fail('nothing is late') };
    return watch.update([windowOf(event.second, event.messages)], rules, context);
  });
  return each.map((_, index) =>
    found.filter(({ rule }) => rule.machineId === String(index)).map(({ episode }) => episode.key),
  );
}

describe('ChannelWatch', () => {
  it('tells for each rule what its machine alone would, however few of them it asks', () => {
    fc.assert(
      fc.property(thresholds, events, (each, happened) => {
        const expected = each.map((threshold) => byMachine(threshold, happened));
        assert.deepEqual(byWatch(each, happened), expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe('Series', () => {
  it('adds up from the beginning of time as quickly as from the last second', () => {
    const series = new Series();
    series.raise(1_800_000_000, 2);
    series.raise(1_800_000_003, 1);
    assert.equal(series.sumFrom(0), 3);
    assert.equal(series.sumFrom(1_800_000_001), 1);
  });

  it('comes back from a snapshot as it was', () => {
    const counts = fc.dictionary(fc.integer({ min: 0, max: 200 }).map(String), fc.nat(9));
    fc.assert(
      fc.property(counts, (drawn) => {
        const series = new Series();
        for (const [second, count] of Object.entries(drawn)) series.raise(Number(second), count);
        const back = Series.fromSnapshot(series.toSnapshot());
        for (let second = 0; second <= 201; second += 1) {
          assert.equal(back.at(second), series.at(second));
          assert.equal(back.sumFrom(second), series.sumFrom(second));
        }
        assert.equal(back.latest, series.latest);
        assert.equal(back.size, series.size);
      }),
    );
  });
});
