import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outcomeOf } from './outcome.ts';
import { cpuSecondsOf } from './process-usage.ts';
import type { Look } from './trial.ts';

const look = (atSeconds: number, facts: Partial<Look> = {}): Look => ({
  atSeconds,
  sent: atSeconds * 1_000,
  lag: 100,
  alerterLag: 0,
  finalWindows: atSeconds * 50,
  finalSeconds: atSeconds * 40,
  cpuSeconds: { simulator: atSeconds, collector: atSeconds * 0.01, kafka: atSeconds * 0.02 },
  rssBytes: { collector: 100e6 },
  ...facts,
});

describe('outcomeOf', () => {
  it('counts from the end of the warm-up', () => {
    const looks = [look(0), look(10), look(30, { rssBytes: { collector: 150e6 } })];
    assert.deepEqual(outcomeOf(1_000, looks), {
      rate: 1_000,
      messagesPerSecond: 1_000,
      isStable: true,
      seconds: 20,
      lag: { warm: 100, end: 100 },
      alerterLag: { warm: 0, end: 0 },
      finalWindowsPerSecond: 50,
      finalSecondsPerSecond: 40,
      cpuSecondsPerMillion: { simulator: 1000, collector: 10, kafka: 20, total: 30 },
      rssMb: { collector: 150 },
    });
  });

  const ends: readonly [string, Partial<Look>, boolean][] = [
    ['holds with one second of load more in the queue', { lag: 1_100 }, true],
    ['does not hold with more than that', { lag: 1_101 }, false],
    ['does not hold where the alerter falls behind', { alerterLag: 1_001 }, false],
    ['does not hold where the rate was not really sent', { sent: 29_000 }, false],
  ];
  for (const [name, facts, isStable] of ends) {
    it(name, () => {
      const looks = [look(10), look(30, facts)];
      assert.equal(outcomeOf(1_000, looks).isStable, isStable);
    });
  }

  it('refuses a trial that ended within the warm-up', () => {
    assert.throws(() => outcomeOf(1_000, [look(0), look(9)]), RangeError);
  });
});

describe('cpuSecondsOf', () => {
  it('reads user and system time behind a name with spaces and brackets', () => {
    const stat = '77 (a (b) c) S 1 77 77 0 -1 4194560 5 0 0 0 250 50 0 0 20 0 1 0 5 6 7';
    assert.equal(cpuSecondsOf(stat), 3);
  });
});
