import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { subscriberTopicName, themeTopicName } from './topic-name.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 300 });
const nearlyPlain = fc.string({
  unit: fc.constantFrom('a', 'B', '-', ' ', '.', '0'),
  maxLength: 6,
});

describe(themeTopicName.name, () => {
  it('leaves a plain theme as it is', () => {
    assert.equal(themeTopicName('crest', 'speed-run_2'), 'crest-theme-speed-run_2');
  });

  it('shows what it can of any other theme', () => {
    assert.match(themeTopicName('crest', 'Speed Run!'), /^crest-theme-speed-run--[0-9a-f]{16}$/);
  });

  it('makes a name that SNS takes of any theme', () => {
    fc.assert(
      fc.property(anyText, (theme) => {
        assert.match(themeTopicName('crest', theme), /^[A-Za-z0-9_-]{1,256}$/);
      }),
    );
  });

  it('never gives two themes the same name', () => {
    fc.assert(
      fc.property(nearlyPlain, nearlyPlain, (one, other) => {
        fc.pre(one !== other);
        assert.notEqual(themeTopicName('crest', one), themeTopicName('crest', other));
      }),
    );
  });

  it('cannot be led to the name of another theme by writing its hash out', () => {
    const odd = themeTopicName('crest', 'Speed Run!');
    assert.notEqual(themeTopicName('crest', odd.slice('crest-theme-'.length)), odd);
  });
});

describe(subscriberTopicName.name, () => {
  const ann = { kind: 'email', address: 'ann@example.com', subscriber: 'ann' } as const;

  it('tells subscribers and their addresses apart without showing them', () => {
    const names = [
      subscriberTopicName('crest', ann),
      subscriberTopicName('crest', { ...ann, address: 'ann@example.org' }),
      subscriberTopicName('crest', { ...ann, subscriber: 'bob' }),
    ];
    assert.equal(new Set(names).size, 3);
    for (const name of names) assert.match(name, /^crest-subscriber-[0-9a-f]{16}$/);
    assert.equal(subscriberTopicName('crest', { ...ann }), names[0]);
  });
});
