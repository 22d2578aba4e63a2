import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunReport } from '@crest/cli/verify/run-report';
import { bounded, caughtUp, flatMemory, saysNotReady } from './expectations.ts';
import type { ProcessSample, Sample } from './sample.ts';
import type { Evidence, Expectation } from './scenario.ts';
import { worldLoad } from './scenario.ts';

const MIB = 1024 * 1024;
const HEALTHY: ProcessSample = {
  pid: 7,
  rssBytes: 100 * MIB,
  openFiles: 40,
  cpuSeconds: 1,
  live: true,
  ready: true,
  reasons: '',
  metrics: {
    crest_processor_lag_newest_seconds: 0,
    crest_processor_partitions_held: 32,
    crest_collector_spooling: 0,
  },
};

/** One sample a second of a collector and a processor. */
function evidenceOf(
  change: (atSeconds: number) => Partial<ProcessSample>,
  notes: ReadonlyMap<string, number> = new Map(),
): Evidence {
  const samples = Array.from({ length: 60 }, (_, atSeconds): Sample => {
    const processor = { ...HEALTHY, ...change(atSeconds) };
    return { atSeconds, sent: null, processes: { collector: HEALTHY, processor } };
  });
  const services = ['collector', 'processor'];
  return { load: worldLoad(), samples, report: {} as RunReport, services, notes };
}

function held(expectation: Expectation, evidence: Evidence): boolean {
  return expectation(evidence).every((verdict) => verdict.held);
}

const lagUntil = (second: number) => (atSeconds: number) => ({
  metrics: {
    ...HEALTHY.metrics,
    crest_processor_lag_newest_seconds: atSeconds < second ? 30 : 0,
  },
});

describe('caughtUp', () => {
  it('measures the time from the end of the outage until nothing lags any more', () => {
    const evidence = evidenceOf(lagUntil(38));
    assert.ok(held(caughtUp({ from: 30, withinSeconds: 8 }), evidence));
    assert.ok(!held(caughtUp({ from: 30, withinSeconds: 7 }), evidence));
  });

  it('takes the beginning from a note of the script', () => {
    const evidence = evidenceOf(lagUntil(38), new Map([['back', 36]]));
    assert.ok(held(caughtUp({ from: 'back', withinSeconds: 2 }), evidence));
  });

  it('does not hold where it never came to that', () => {
    assert.ok(!held(caughtUp({ from: 30, withinSeconds: 99 }), evidenceOf(lagUntil(99))));
    assert.ok(
      !held(
        caughtUp({ from: 'never noted', withinSeconds: 99 }),
        evidenceOf(() => ({})),
      ),
    );
  });
});

describe('flatMemory', () => {
  const limits = {
    before: { from: 0, to: 10 },
    after: { from: 50, to: 60 },
    riseMiB: 20,
    peakMiB: 50,
  };

  it('allows a peak and refuses one that is too high', () => {
    const peakOf = (mib: number) =>
      evidenceOf((at) => ({ rssBytes: (at === 30 ? 100 + mib : 100) * MIB }));
    assert.ok(held(flatMemory(limits), peakOf(50)));
    assert.ok(!held(flatMemory(limits), peakOf(51)));
  });

  it('refuses what stays', () => {
    const evidence = evidenceOf((at) => ({ rssBytes: (at > 30 ? 121 : 100) * MIB }));
    assert.ok(!held(flatMemory(limits), evidence));
  });

  it('does not hold where nothing was measured', () => {
    assert.ok(
      !held(
        flatMemory(limits),
        evidenceOf(() => ({ rssBytes: null })),
      ),
    );
  });
});

describe('bounded and saysNotReady', () => {
  it('refuses a gauge that was above its bound once, or was never there', () => {
    const evidence = evidenceOf((at) => ({ metrics: at === 9 ? { queue: 11 } : { queue: 5 } }));
    assert.ok(held(bounded('processor', 'queue', 11), evidence));
    assert.ok(!held(bounded('processor', 'queue', 10), evidence));
    assert.ok(!held(bounded('processor', 'no_such_gauge', 10), evidence));
  });

  it('wants the process to live and to name the reason in every sample', () => {
    const span = { from: 20, to: 30 };
    const evidence = evidenceOf(() => ({ ready: false, reasons: 'not ready: Kafka is away' }));
    assert.ok(held(saysNotReady('processor', span, /Kafka/), evidence));
    assert.ok(!held(saysNotReady('processor', span, /MongoDB/), evidence));
    assert.ok(!held(saysNotReady('collector', span, /Kafka/), evidence));
  });
});
