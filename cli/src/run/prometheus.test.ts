import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { targetsOf } from './prometheus.ts';
import { SERVICES } from './service-settings.ts';

const SETTINGS = readFileSync(
  join(import.meta.dirname, '..', '..', '..', 'deploy', 'prometheus', 'prometheus.yml'),
  'utf8',
);

describe('targetsOf', () => {
  const parts = SERVICES.map((service, i) => ({ name: service, service, httpPort: 100 + i }));

  it('makes one file per service, which the settings read', () => {
    for (const [file, content] of targetsOf(parts, 'r1')) {
      assert.ok(SETTINGS.includes(`targets/${file}`), file);
      assert.match(JSON.stringify(content), /"targets":\["127\.0\.0\.1:10\d"\]/);
    }
  });

  it('lists every process of a service', () => {
    const two = ['a', 'b'].map((name, i) => ({ name, service: 'collector', httpPort: i }) as const);
    assert.deepEqual(
      [...targetsOf(two, 'r1').values()],
      [
        [
          { targets: ['127.0.0.1:0'], labels: { run: 'r1', part: 'a' } },
          { targets: ['127.0.0.1:1'], labels: { run: 'r1', part: 'b' } },
        ],
      ],
    );
  });
});

describe('deploy/prometheus/prometheus.yml', () => {
  it('has a job with limits for every service', () => {
    for (const service of SERVICES) {
      const job = SETTINGS.split('- job_name: ').find((text) => text.startsWith(`${service}\n`));
      assert.match(job ?? '', /sample_limit: \d+/, service);
      assert.match(job ?? '', /label_limit: \d+/, service);
    }
  });
});
