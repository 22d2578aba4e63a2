import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sample } from '../harness/sample.ts';
import { agesOf, lessUsualOf, slopePerMinute, type Aged } from './soak-memory.ts';
import { soakTable } from './soak-table.ts';

const MIB = 1024 * 1024;

/** A process that is killed every `lifeSeconds` and is as large as `size` says. */
function samplesOf(
  seconds: number,
  lifeSeconds: number,
  size: (atSeconds: number, ageSeconds: number) => number,
): Sample[] {
  return Array.from({ length: seconds }, (_, atSeconds) => {
    const life = Math.floor(atSeconds / lifeSeconds);
    const collector = {
      pid: 100 + life,
      rssBytes: size(atSeconds, atSeconds - life * lifeSeconds) * MIB,
      openFiles: 30,
      cpuSeconds: 0,
      live: true,
      ready: true,
      reasons: '',
      metrics: {},
    };
    return { atSeconds, sent: null, processes: { collector } };
  });
}

function sizesOf(samples: readonly Sample[]): Aged[] {
  return agesOf(samples, 'collector', ({ rssBytes }) => (rssBytes ?? 0) / MIB);
}

describe(slopePerMinute.name, () => {
  it('finds a leak in one long life, whatever a few odd minutes do', () => {
    const leaking = samplesOf(1_200, 10_000, (at) => 100 + at / 30 + (at % 400 < 60 ? 80 : 0));
    assert.ok(Math.abs((slopePerMinute(sizesOf(leaking)) ?? 0) - 2) < 0.1);
  });

  it('is nothing for what only goes up and down', () => {
    const breathing = samplesOf(1_200, 10_000, (at) => 100 + 30 * Math.sin(at / 7));
    assert.ok(Math.abs(slopePerMinute(sizesOf(breathing)) ?? NaN) < 0.2);
  });

  it('is unknown for a single minute', () => {
    assert.equal(slopePerMinute(sizesOf(samplesOf(50, 1_000, () => 1))), null);
  });
});

describe(lessUsualOf.name, () => {
  it('hides that young processes grow, and shows that later lives are larger', () => {
    const young = (age: number): number => 60 + 40 * (1 - Math.exp(-age / 10));
    const flat = sizesOf(samplesOf(1_200, 90, (_, age) => young(age)));
    assert.ok(Math.abs(slopePerMinute(lessUsualOf(flat)) ?? NaN) < 0.1);
    const growing = sizesOf(samplesOf(1_200, 90, (at, age) => young(age) + at / 20));
    assert.ok(Math.abs((slopePerMinute(lessUsualOf(growing)) ?? 0) - 3) < 0.5);
  });
});

describe(soakTable.name, () => {
  it('has a row for each minute with the median of memory and open files', () => {
    const table = soakTable(samplesOf(120, 1_000, (at) => (at < 60 ? 100 : 120)));
    assert.equal(
      table,
      '| minute | collector |\n| --: | --: |\n| 1 | 100 / 30 |\n| 2 | 120 / 30 |\n',
    );
  });
});
