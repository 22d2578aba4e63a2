import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRule, parseTheme } from '@crest/shared/domain/rule';
import { DEMO_RULES } from './demo-rules.ts';
import { DEMO_FOLLOWERS, EVERYTHING, themesOf } from './themes.ts';

describe('DEMO_RULES', () => {
  it('are all valid, with names of their own', () => {
    for (const rule of DEMO_RULES) {
      const parsed = parseRule({ ...rule, owner: 'demo', createdAtMs: 0 });
      assert.ok(parsed.ok, parsed.ok ? '' : `${rule._id}: ${parsed.reason}`);
    }
    assert.equal(new Set(DEMO_RULES.map(({ _id }) => _id)).size, DEMO_RULES.length);
  });

  it('use every kind of condition and every kind of destination', () => {
    const conditions = new Set(DEMO_RULES.map(({ condition }) => condition.kind));
    const destinations = new Set(
      DEMO_RULES.flatMap((rule) => rule.destinations.map(({ kind }) => kind)),
    );
    assert.deepEqual([...conditions].sort(), ['messages', 'phrase', 'spike']);
    assert.deepEqual([...destinations].sort(), ['email', 'sms', 'theme']);
  });
});

describe('themesOf', () => {
  it('makes one theme of everything and one for each shared first word', () => {
    const channels = ['dota2_a', 'dota2_b', 'lol_a', 'solo'].map((login, i) => ({
      id: i === 3 ? null : String(i),
      login,
    }));
    const themes = themesOf(channels, DEMO_FOLLOWERS, 5);
    assert.deepEqual(
      themes.map(({ _id }) => _id),
      [EVERYTHING, 'dota2'],
    );
    assert.deepEqual(themes[0]?.channelIds, ['0', '1', '2']);
    assert.deepEqual(themes[0]?.channelLogins, ['solo']);
    assert.deepEqual(themes[1]?.channelIds, ['0', '1']);
    for (const theme of themes) assert.ok(parseTheme(theme).ok);
  });
});
