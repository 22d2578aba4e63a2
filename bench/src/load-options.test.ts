import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadOptions } from './load-options.ts';

describe('loadOptions', () => {
  it('leaves open what is not said', () => {
    assert.deepEqual(loadOptions([]), {
      rate: undefined,
      seconds: undefined,
      isJson: false,
      profileDir: null,
    });
  });

  it('reads all that may be said', () => {
    const args = ['--rate', '15000', '--seconds=40', '--json', '--profile', '/tmp/profiles'];
    assert.deepEqual(loadOptions(args), {
      rate: 15_000,
      seconds: 40,
      isJson: true,
      profileDir: '/tmp/profiles',
    });
  });

  for (const wrong of ['fast', '0', '-5', 'Infinity', '']) {
    it(`refuses a rate of "${wrong}"`, () => {
      assert.throws(() => loadOptions([`--rate=${wrong}`]), RangeError);
    });
  }

  it('refuses what is no option', () => {
    assert.throws(() => loadOptions(['--rat', '5']), TypeError);
  });
});
