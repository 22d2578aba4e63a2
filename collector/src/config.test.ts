import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCodeOf } from '@crest/shared/errors';
import { variableOf } from '@crest/shared/config';
import { COLLECTOR_SETTINGS, parseCollectorConfig } from './config.ts';

const LEAST = { CREST_KAFKA_BROKERS: '127.0.0.1:9092' };

describe('parseCollectorConfig', () => {
  it('needs nothing but the brokers', () => {
    const config = parseCollectorConfig(LEAST);
    assert.deepEqual(config['kafka.brokers'], ['127.0.0.1:9092']);
    assert.equal(config['twitch.roomsPerConnection'], 90);
    assert.equal(config['twitch.joinsPer10s'], 20);
    assert.equal(config.readerSet, 'a');
  });

  it('lets pass what is handed to every service', () => {
    parseCollectorConfig({
      ...LEAST,
      CREST_MONGODB_URL: 'mongodb://x',
      CREST_MONGODB_DATABASE: 'x',
    });
  });

  const wrong: [variable: string, value: string][] = [
    ['CREST_TWITCH_IRC_URL', 'http://example.org'],
    ['CREST_TWITCH_ROOMS_PER_CONNECTION', '0'],
    ['CREST_TWITCH_JOINS_PER10S', 'many'],
    ['CREST_TWITCH_JOIN_SCOPE', 'nick'],
    ['CREST_READER_SET', 'A-1'],
    ['CREST_TICK_INTERVAL_MS', '1s'],
    ['CREST_TWITCH_TOKEN', 'unknown'],
  ];
  for (const [variable, value] of wrong) {
    it(`refuses ${variable}=${value}, naming it`, () => {
      assert.throws(
        () => parseCollectorConfig({ ...LEAST, [variable]: value }),
        (error: Error) =>
          errorCodeOf(error) === 'CONFIG_INVALID' && error.message.includes(variable),
      );
    });
  }
});

describe('COLLECTOR_SETTINGS', () => {
  const entries = Object.entries(COLLECTOR_SETTINGS);

  it('has a variable of its own for each setting', () => {
    assert.equal(new Set(entries.map(([name]) => variableOf(name))).size, entries.length);
  });

  for (const [name, { doc, unit, fallback }] of entries) {
    it(`explains ${name} in sentences, with its unit`, () => {
      assert.match(doc, /^[A-Z`].*\.$/);
      const words = name.split('.').at(-1) ?? '';
      if (/Ms$/.test(words)) assert.match(unit, /^ms, (wall|event time)$/);
      if (/bytesMax$/i.test(words)) assert.equal(unit, 'bytes');
      assert.ok(fallback !== null || name === 'kafka.brokers');
    });
  }
});
