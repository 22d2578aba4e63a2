import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAlerterConfig } from '@crest/alerter/config';
import { parseCollectorConfig } from '@crest/collector/config';
import { parseProcessorConfig } from '@crest/processor/config';
import { readConfig } from '@crest/simulator/config';
import {
  ownVariables,
  serviceVariables,
  type RunSettings,
  type ServiceName,
} from '../src/run/service-settings.ts';

const READERS: Readonly<Record<ServiceName, (env: Record<string, string>) => unknown>> = {
  simulator: readConfig,
  alerter: parseAlerterConfig,
  processor: parseProcessorConfig,
  collector: parseCollectorConfig,
};

const REPLAY: RunSettings = {
  mode: 'replay',
  runId: 'r1',
  seed: 7,
  speed: 60,
  alerters: 1,
  eventClock: '1000,500,60',
  replayDir: '/logs',
  spanMs: 3_600_000,
  brokers: '127.0.0.1:9092',
  topicPrefix: 'r1.',
  partitions: 32,
  mongodbUrl: 'mongodb://127.0.0.1:27017',
  database: 'crest_r1',
  ircUrl: 'ws://127.0.0.1:6667',
  snsUrl: 'http://127.0.0.1:9911',
  ledgerFile: '/run/ledger.ndjson',
  inboxFile: '/run/inbox.ndjson',
  simulator: { ircPort: 6_667, snsPort: 9_911 },
};

const RUNS: Readonly<Record<string, RunSettings>> = {
  replay: REPLAY,
  world: { ...REPLAY, mode: 'world', replayDir: null },
  live: {
    ...REPLAY,
    mode: 'live',
    replayDir: null,
    spanMs: null,
    eventClock: 'wall',
    speed: 1,
    snsUrl: null,
  },
};

describe('serviceVariables', () => {
  for (const [name, run] of Object.entries(RUNS)) {
    for (const service of Object.keys(READERS) as ServiceName[]) {
      it(`are taken by the ${service} in a ${name} run`, () => {
        assert.doesNotThrow(() => READERS[service](serviceVariables(service, run, 4_242)));
      });
    }
  }

  for (const service of Object.keys(READERS) as ServiceName[]) {
    it(`are taken by the ${service} with those of its own`, () => {
      const own = ownVariables(service, `${service}-2`, '/run/spools');
      const all = { ...serviceVariables(service, REPLAY, 4_242), ...own };
      assert.doesNotThrow(() => READERS[service](all));
    });
  }

  it('multiply delays of the network by the speed, because they are event time', () => {
    assert.equal(serviceVariables('processor', REPLAY, 1)['CREST_TIME_LATENESS_MS'], '120000');
    const collector = serviceVariables('collector', REPLAY, 1);
    assert.equal(collector['CREST_STAMP_CLAMP_MS'], '3600000');
    assert.equal(collector['CREST_DELIVERY_ALLOWANCE_MS'], '15000');
  });
});

describe('ownVariables', () => {
  it('name each process, and the same one alike', () => {
    const nameOf = (part: string) => ownVariables('processor', part, '/s')['CREST_INSTANCE'];
    assert.equal(nameOf('processor-1'), nameOf('processor-1'));
    assert.notEqual(nameOf('processor-1'), nameOf('processor-2'));
    assert.equal(nameOf('processor-1'), 'crest-processor-1');
  });

  it('give collectors spools of their own', () => {
    const variables = ownVariables('collector', 'collector-2', '/run/spools');
    assert.equal(variables['CREST_SPOOL_DIR'], '/run/spools/collector-2');
  });
});
