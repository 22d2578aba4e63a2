import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { escapeTagValue, unescapeTagValue } from './tag-escape.ts';

describe(escapeTagValue.name, () => {
  it('is undone by unescaping, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(unescapeTagValue(escapeTagValue(text)), text);
      }),
    );
  });

  it('leaves nothing that would end a tag or a line', () => {
    const unit = fc.constantFrom(';', ' ', '\\', '\r', '\n', 'a', ':');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        assert.doesNotMatch(escapeTagValue(text), /[; \r\n]/);
      }),
    );
  });
});

describe(unescapeTagValue.name, () => {
  // Known answers of the IRCv3 specification, "Message Tags".
  const cases: [escaped: string, text: string][] = [
    ['a\\:b', 'a;b'],
    ['a\\sb', 'a b'],
    ['a\\\\b', 'a\\b'],
    ['a\\r\\n', 'a\r\n'],
    ['a\\bb', 'abb'],
    ['lone\\', 'lone'],
    ['', ''],
  ];
  for (const [escaped, text] of cases) {
    it(`reads ${JSON.stringify(escaped)} as ${JSON.stringify(text)}`, () => {
      assert.equal(unescapeTagValue(escaped), text);
    });
  }
});
