import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMetrics } from '@crest/cli/run/prometheus-text';
import { summed } from './sampler.ts';

describe('summed', () => {
  it('adds the series of a metric up and keeps each, whatever the order of its labels', () => {
    const sums = summed(
      parseMetrics('sends_total{to="b",by="a"} 2\nsends_total{by="a",to="c"} 3\nlag 7\n'),
    );
    assert.deepEqual(sums, {
      sends_total: 5,
      'sends_total{by="a",to="b"}': 2,
      'sends_total{by="a",to="c"}': 3,
      lag: 7,
    });
  });

  it('leaves out buckets and what every process says of itself', () => {
    const text = 'took_seconds_bucket{le="1"} 4\ntook_seconds_sum 2\nnodejs_version_info 1\n';
    assert.deepEqual(summed(parseMetrics(text)), { took_seconds_sum: 2 });
  });
});
