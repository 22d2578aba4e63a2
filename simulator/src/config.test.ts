import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from './config.ts';

describe(readConfig.name, () => {
  it('has a default for everything', () => {
    const config = readConfig({});
    assert.equal(config.mode, 'world');
    assert.equal(config['twitch.joinsMax'], 20);
    assert.deepEqual(config['faults.plan'], []);
  });

  it('reads refusals, accounts and fault plans', () => {
    const config = readConfig({
      CREST_TWITCH_REFUSALS: 'alpha=banned, beta=silent',
      CREST_TWITCH_ACCOUNTS: 'Reader:secret',
      CREST_FAULTS_PLAN: 'cut@15,reconnect@60',
      CREST_KAFKA_BROKERS: 'somewhere:9092',
    });
    assert.deepEqual(
      [...config['twitch.refusals']],
      [
        ['alpha', 'banned'],
        ['beta', 'silent'],
      ],
    );
    assert.deepEqual([...config['twitch.accounts']], [['reader', 'secret']]);
    assert.deepEqual(
      config['faults.plan'].map(({ order, everyMs }) => [order.fault, everyMs]),
      [
        ['cut', 15_000],
        ['reconnect', 60_000],
      ],
    );
  });

  const wrong: [variable: string, value: string][] = [
    ['CREST_TWITCH_REFUSALS', 'alpha=tired'],
    ['CREST_FAULTS_PLAN', 'earthquake@3'],
    ['CREST_FAULTS_PLAN', 'cut'],
    ['CREST_MODE', 'dream'],
    ['CREST_TWITCH_JOIN_MAX', '20'],
  ];
  for (const [variable, value] of wrong) {
    it(`refuses ${variable}=${value} and names it`, () => {
      assert.throws(() => readConfig({ [variable]: value }), new RegExp(variable));
    });
  }
});
