import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRule, parseTheme, RULE_LIMITS } from './rule.ts';

const rule = {
  _id: 'big-moment',
  owner: 'ann',
  target: { kind: 'channels', channelLogins: ['forsen'] },
  condition: { kind: 'messages', atLeast: 300, withinSeconds: 10 },
  cooldownSeconds: 60,
  destinations: [{ kind: 'email', address: 'ann@example.org' }],
  createdAtMs: 1,
};

describe('parseRule', () => {
  it('takes a rule and fills in what may be left out', () => {
    const parsed = parseRule(rule);
    assert.ok(parsed.ok);
    assert.equal(parsed.value.enabled, true);
    assert.deepEqual(parsed.value.target, {
      kind: 'channels',
      channelIds: [],
      channelLogins: ['forsen'],
    });
  });

  const accepted: [string, object][] = [
    ['a spike', { condition: { kind: 'spike', scoreAtLeast: 6.5 } }],
    ['a phrase', { condition: { kind: 'phrase', phrase: 'gg', atLeast: 5, withinSeconds: 1 } }],
    ['an SMS', { destinations: [{ kind: 'sms', phone: '+4915112345678' }] }],
    [
      'a theme that tells its followers',
      { target: { kind: 'theme', theme: 'esports' }, destinations: [{ kind: 'theme' }] },
    ],
    ['no cool-down', { cooldownSeconds: 0 }],
  ];
  for (const [name, change] of accepted) {
    it(`takes ${name}`, () => assert.ok(parseRule({ ...rule, ...change }).ok));
  }

  const refused: [string, object, RegExp][] = [
    [
      'an empty target',
      { target: { kind: 'channels' } },
      /^target: expected at least one channel$/,
    ],
    [
      'a login in capitals',
      { target: { kind: 'channels', channelLogins: ['Forsen'] } },
      /^target\.channelLogins\.0: expected a login/,
    ],
    [
      'a span of no seconds',
      { condition: { kind: 'messages', atLeast: 1, withinSeconds: 0 } },
      /^condition\.withinSeconds: expected a whole number from 1 to 300$/,
    ],
    [
      'a threshold of half a message',
      { condition: { kind: 'messages', atLeast: 0.5, withinSeconds: 5 } },
      /atLeast: expected a whole number from 1 to/,
    ],
    [
      'a phrase of white space',
      { condition: { kind: 'phrase', phrase: ' \t', atLeast: 1, withinSeconds: 1 } },
      /^condition\.phrase: expected 1 to 200 characters/,
    ],
    [
      'a score of nothing',
      { condition: { kind: 'spike', scoreAtLeast: 0 } },
      /scoreAtLeast: expected a score above 0/,
    ],
    ['an unknown condition', { condition: { kind: 'mood' } }, /^condition/],
    ['no destination', { destinations: [] }, /^destinations: expected 1 to 10 destinations$/],
    [
      'a telephone without its country',
      { destinations: [{ kind: 'sms', phone: '0151 12345678' }] },
      /^destinations\.0\.phone: expected a telephone number/,
    ],
    [
      'a theme as the destination of a rule on channels',
      { destinations: [{ kind: 'theme' }] },
      /^destinations: only a rule on a theme/,
    ],
    [
      'a cool-down of more than a day',
      { cooldownSeconds: RULE_LIMITS.cooldownSecondsMax + 1 },
      /^cooldownSeconds: expected a whole number/,
    ],
  ];
  for (const [name, change, reason] of refused) {
    it(`refuses ${name} and says why`, () => {
      const parsed = parseRule({ ...rule, ...change });
      assert.ok(!parsed.ok);
      assert.match(parsed.reason, reason);
    });
  }
});

describe('parseTheme', () => {
  it('takes a list of channels with followers', () => {
    const theme = { _id: 'esports', channelIds: ['123'], channelLogins: [], createdAtMs: 1 };
    assert.deepEqual(parseTheme(theme), { ok: true, value: { ...theme, followers: [] } });
  });

  it('refuses a name that could not be a topic', () => {
    const parsed = parseTheme({ _id: 'E Sports!', channelIds: ['1'], createdAtMs: 1 });
    assert.ok(!parsed.ok);
    assert.match(parsed.reason, /^_id: expected a theme name/);
  });
});
