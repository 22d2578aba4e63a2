import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maxOf, parseMetrics, sumOf } from './prometheus-text.ts';

const TEXT = `# HELP lines_total Lines.
# TYPE lines_total counter
lines_total{kind="message"} 5
lines_total{kind="notice",why="a \\"b\\"\\n"} 2
lag_seconds 1.5
broken{
odd NaN
bucket{le="+Inf"} 7
`;

describe('parseMetrics', () => {
  const samples = parseMetrics(TEXT);

  it('reads names, labels and values', () => {
    assert.deepEqual(samples[0], { name: 'lines_total', labels: { kind: 'message' }, value: 5 });
    assert.equal(samples[1]?.labels['why'], 'a "b"\n');
  });

  it('leaves out comments, malformed lines and values that are no number', () => {
    assert.deepEqual(
      samples.map(({ name }) => name),
      ['lines_total', 'lines_total', 'lag_seconds', 'bucket'],
    );
  });

  it('lets be summed over all series or some, and tells none from zero', () => {
    assert.equal(sumOf(samples, 'lines_total'), 7);
    assert.equal(sumOf(samples, 'lines_total', { kind: 'notice' }), 2);
    assert.equal(sumOf(samples, 'nothing'), null);
    assert.equal(maxOf(samples, 'lines_total'), 5);
  });
});
