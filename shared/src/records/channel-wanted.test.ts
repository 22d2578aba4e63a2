import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channelWanted, loginOfWantedKey, wantedKey } from './channel-wanted.ts';

describe('wantedKey', () => {
  it('is the channel id where that is known', () => {
    assert.equal(wantedKey({ channelId: '42', channelLogin: 'a' }), '42');
    assert.equal(loginOfWantedKey('42'), null);
  });

  it('carries the login until then', () => {
    const key = wantedKey({ channelId: null, channelLogin: 'a_1' });
    assert.equal(key, 'login:a_1');
    assert.equal(loginOfWantedKey(key), 'a_1');
  });
});

describe('channelWanted', () => {
  for (const login of ['', 'Upper', 'a b', '#a', 'x'.repeat(26)]) {
    it(`refuses the login ${JSON.stringify(login)}`, () => {
      const value = { type: 'channel.wanted', version: 1, channelId: null, channelLogin: login };
      assert.equal(channelWanted.decode(value).ok, false);
    });
  }
});
