import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holdsFrom, medianOf, processesOf, slopeOf, within } from './readings.ts';
import type { Sample } from './sample.ts';

function samplesOf(sent: readonly number[]): Sample[] {
  return sent.map((each, atSeconds) => ({ atSeconds, sent: each, processes: {} }));
}

describe('readings', () => {
  it('finds from when on something holds, so many samples in a row', () => {
    const samples = samplesOf([0, 1, 0, 1, 1, 1]);
    const holds = ({ sent }: Sample): boolean => sent === 1;
    assert.equal(holdsFrom(samples, holds, 2), 3);
    assert.equal(holdsFrom(samples, holds, 4), null);
  });

  it('takes both ends of a span', () => {
    const found = within(samplesOf([5, 6, 7, 8]), { from: 1, to: 2 });
    assert.deepEqual(
      found.map(({ sent }) => sent),
      [6, 7],
    );
  });

  it('measures how fast a series rises, whatever is missing', () => {
    const series = [0, 2, null, 6, 8].map((value, atSeconds) => ({ atSeconds, value }));
    assert.equal(slopeOf(series), 2);
    assert.equal(slopeOf([{ atSeconds: 0, value: 1 }]), null);
  });

  it('finds the processes of a service by their names', () => {
    const names = ['collector', 'processor-1', 'processor-2', 'alerter'];
    assert.deepEqual(processesOf(names, 'processor'), ['processor-1', 'processor-2']);
    assert.deepEqual(processesOf(names, 'collector'), ['collector']);
  });

  it('has no median of nothing', () => {
    assert.equal(medianOf([]), null);
    assert.equal(medianOf([3, 1, 2]), 2);
  });
});
