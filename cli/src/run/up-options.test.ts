import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CliError, EXIT } from '../cli-error.ts';
import { parseUpOptions, type RawUpOptions, type UpOptions } from './up-options.ts';

const BARE: RawUpOptions = { data: '.crest', screen: true };

describe('parseUpOptions', () => {
  const accepted: readonly {
    name: string;
    raw: Partial<RawUpOptions>;
    want: Partial<UpOptions>;
  }[] = [
    { name: 'nothing: a pretend world', raw: {}, want: { mode: 'world', speed: 5, seed: 1 } },
    {
      name: 'a replay in real time',
      raw: { replay: 'logs' },
      want: { mode: 'replay', replayDir: 'logs', speed: 1, spanMs: null },
    },
    {
      name: 'a fast replay of the first hour',
      raw: { replay: 'logs', speed: '60', span: '3600s', untilDone: true },
      want: { speed: 60, spanMs: 3_600_000, untilDone: true },
    },
    { name: 'spans in minutes and hours', raw: { span: '1.5h' }, want: { spanMs: 5_400_000 } },
    {
      name: 'real channels, tidied',
      raw: { channels: '#Shroud, riotgames' },
      want: { mode: 'live', channels: ['shroud', 'riotgames'], speed: 1 },
    },
    {
      name: 'brokers with or without a scheme',
      raw: { kafka: 'kafka://a:9092,b:9092' },
      want: { kafka: 'a:9092,b:9092' },
    },
    {
      name: 'several of each service',
      raw: { collectors: '3', processors: '2' },
      want: { counts: { collectors: 3, processors: 2, alerters: 1 } },
    },
  ];
  for (const { name, raw, want } of accepted) {
    it(`takes ${name}`, () => {
      const options = parseUpOptions({ ...BARE, ...raw });
      for (const [key, value] of Object.entries(want)) {
        assert.deepEqual(options[key as keyof UpOptions], value, key);
      }
    });
  }

  const refused: readonly { raw: Partial<RawUpOptions>; says: RegExp }[] = [
    { raw: { speed: 'fast' }, says: /--speed: expected a number/ },
    { raw: { speed: '0' }, says: /--speed/ },
    { raw: { span: '10' }, says: /--span: expected a time such as 3600s/ },
    { raw: { seed: '1.5' }, says: /--seed: expected a whole number/ },
    { raw: { collectors: '0' }, says: /--collectors/ },
    { raw: { channels: 'not a login!' }, says: /--channels: expected logins/ },
    { raw: { kafka: 'broker' }, says: /--kafka: expected brokers/ },
    { raw: { mongodb: 'localhost' }, says: /--mongodb: expected a URL/ },
    { raw: { channels: 'a', replay: 'b' }, says: /give one of them/ },
    { raw: { channels: 'a', speed: '2' }, says: /--speed is for replays/ },
    { raw: { untilDone: true }, says: /--until-done needs an end/ },
    { raw: { twitch: 'wss://example.org' }, says: /name them with --channels/ },
  ];
  for (const { raw, says } of refused) {
    it(`refuses ${JSON.stringify(raw)} as a mistake in usage`, () => {
      assert.throws(
        () => parseUpOptions({ ...BARE, ...raw }),
        (error) =>
          error instanceof CliError && error.exitCode === EXIT.usage && says.test(error.message),
      );
    });
  }

  it('names every wrong option at once', () => {
    assert.throws(() => parseUpOptions({ ...BARE, speed: 'x', seed: 'y' }), /--speed.*--seed/);
  });

  it('reads what is to be killed, paused and cut, and how often', () => {
    const { chaos } = parseUpOptions({
      ...BARE,
      kill: 'processor,kafka',
      pause: 'all',
      cut: 'collector-kafka',
      every: '5s',
    });
    assert.equal(chaos?.everyMs, 5_000);
    assert.equal(chaos.pauseForMs, 8_000);
    assert.deepEqual(
      chaos.choices.map((choice) => Object.values(choice).join(' ')),
      [
        'kill processor',
        'kill kafka',
        ...['collector', 'processor', 'alerter', 'kafka', 'mongodb'].map((name) => `pause ${name}`),
        'cut collector-kafka',
      ],
    );
    assert.equal(parseUpOptions(BARE).chaos, null);
  });

  const chaosOutOfReach: readonly { why: string; raw: Partial<RawUpOptions>; said: RegExp }[] = [
    { why: 'an unknown victim', raw: { kill: 'mongo' }, said: /--kill: expected all, or some of/ },
    { why: 'an unknown pair', raw: { cut: 'kafka' }, said: /--cut: .*collector-twitch/ },
    {
      why: 'a broker that is not ours',
      raw: { kill: 'all', kafka: 'a:1' },
      said: /leave kafka out/,
    },
    {
      why: 'a database that is not ours',
      raw: { cut: 'processor-mongodb', mongodb: 'mongodb://a' },
      said: /leave mongodb out/,
    },
    { why: 'real Twitch', raw: { kill: 'all', channels: 'a' }, said: /--kill is for replays/ },
    { why: 'a pace of nothing', raw: { pauseFor: '5s' }, said: /--pause-for says how/ },
  ];
  for (const { why, raw, said } of chaosOutOfReach) {
    it(`refuses chaos: ${why}`, () => {
      assert.throws(() => parseUpOptions({ ...BARE, ...raw }), said);
    });
  }
});
