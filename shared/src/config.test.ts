import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { COMMON_SETTINGS } from './common-settings.ts';
import * as config from './config.ts';
import { CrestError } from './errors.ts';

const TABLE = {
  'kafka.brokers': { schema: config.list(), fallback: null, unit: '', doc: 'Brokers.' },
  'twitch.ircUrl': { schema: config.text(), fallback: 'wss://x', unit: '', doc: 'Where.' },
  'twitch.pingIntervalMs': {
    schema: config.wholeNumber(1, 60_000),
    fallback: '30000',
    unit: 'ms',
    doc: 'How often.',
  },
  password: { schema: config.wholeNumber(0, 1), fallback: '0', unit: '', doc: 'x', secret: true },
} as const;

function problemsOf(env: Record<string, string>): string {
  try {
    config.parseConfig(TABLE, env);
  } catch (error) {
    assert.ok(error instanceof CrestError);
    assert.equal(error.code, 'CONFIG_INVALID');
    return error.message;
  }
  return '';
}

describe('variableOf', () => {
  const cases: readonly [string, string][] = [
    ['kafka.brokers', 'CREST_KAFKA_BROKERS'],
    ['twitch.ircUrl', 'CREST_TWITCH_IRC_URL'],
    ['twitch.joinsPer10s', 'CREST_TWITCH_JOINS_PER10S'],
    ['eventClock', 'CREST_EVENT_CLOCK'],
  ];
  for (const [name, variable] of cases) {
    it(`makes ${variable} of ${name}`, () => {
      assert.equal(config.variableOf(name), variable);
    });
  }
});

describe('parseConfig', () => {
  it('reads what is given and takes the default of the rest', () => {
    const values = config.parseConfig(TABLE, { CREST_KAFKA_BROKERS: 'a:1, b:2', HOME: '/x' });
    assert.deepEqual(values['kafka.brokers'], ['a:1', 'b:2']);
    assert.equal(values['twitch.pingIntervalMs'], 30_000);
    assert.ok(Object.isFrozen(values));
  });

  it('reports every problem at once, each with its variable and what was expected', () => {
    const problems = problemsOf({
      CREST_TWITCH_PING_INTERVAL_MS: '1e3',
      CREST_TWITCH_IRC_URI: 'wss://typo',
    });
    assert.match(problems, /CREST_KAFKA_BROKERS is missing/);
    assert.match(problems, /CREST_TWITCH_PING_INTERVAL_MS is "1e3": expected a whole number/);
    assert.match(problems, /CREST_TWITCH_IRC_URI is not a setting/);
  });

  it('never shows a secret', () => {
    const problems = problemsOf({ CREST_KAFKA_BROKERS: 'a:1', CREST_PASSWORD: 'hunter2' });
    assert.match(problems, /CREST_PASSWORD is \(hidden\)/);
    assert.doesNotMatch(problems, /hunter2/);
  });

  it('lets variables pass that others own', () => {
    const env = { CREST_KAFKA_BROKERS: 'a:1', CREST_CACHE_DIR: '/c', CREST_OTHER: '1' };
    assert.doesNotThrow(() => config.parseConfig(TABLE, env, ['CREST_OTHER']));
  });
});

describe('readers of values', () => {
  const accepted: readonly [{ parse: (text: string) => unknown }, string, unknown][] = [
    [config.wholeNumber(-5, 5), '-5', -5],
    [config.decimal(0, 1), '0.25', 0.25],
    [config.yesOrNo(), 'true', true],
    [config.oneOf(['a', 'b']), 'b', 'b'],
    [config.textLike(/^x+$/, 'x'), 'xx', 'xx'],
    [config.eventClockSetting(), 'wall', null],
  ];
  for (const [schema, text, expected] of accepted) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(schema.parse(text), expected);
    });
  }

  const refused: readonly [{ safeParse: (text: string) => { success: boolean } }, string][] = [
    [config.wholeNumber(0, 5), '6'],
    [config.wholeNumber(0, 5), ''],
    [config.wholeNumber(0, 5), ' 1'],
    [config.wholeNumber(0, 5), '0x1'],
    [config.decimal(0, 1), '.5.'],
    [config.yesOrNo(), 'yes'],
    [config.oneOf(['a', 'b']), 'c'],
    [config.list(), ' , '],
    [config.textLike(/^x+$/, 'x'), 'y'],
    [config.eventClockSetting(), '1,2'],
  ];
  for (const [schema, text] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(schema.safeParse(text).success, false);
    });
  }

  it('takes every whole number in its range and no other', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const read = config.wholeNumber(-100, 100).safeParse(String(value));
        assert.equal(read.success, value >= -100 && value <= 100);
      }),
    );
  });
});

describe('COMMON_SETTINGS', () => {
  it('has defaults that its own schemas accept', () => {
    for (const [name, { schema, fallback }] of Object.entries(COMMON_SETTINGS)) {
      if (fallback !== null) assert.ok(schema.safeParse(fallback).success, name);
    }
  });
});
