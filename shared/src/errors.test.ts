import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CrestError, ERROR_TABLE, errorCodeOf, type ErrorCode } from './errors.ts';

describe('ERROR_TABLE', () => {
  for (const [code, { summary, hint }] of Object.entries(ERROR_TABLE)) {
    it(`says of ${code} in whole sentences what it is and what to do`, () => {
      assert.match(code, /^[A-Z][A-Z_]+$/);
      assert.match(summary, /^[A-Z].*\.$/);
      assert.match(hint, /^[A-Z].*[.]$/);
    });
  }

  it('names only settings that can exist', () => {
    for (const { hint } of Object.values(ERROR_TABLE)) {
      for (const variable of hint.match(/CREST_\w+/g) ?? [])
        assert.match(variable, /^CREST_[A-Z_]+$/);
    }
  });
});

describe('CrestError', () => {
  it('answers from the table', () => {
    for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
      const error = new CrestError(code, 'here', { cause: 1 });
      assert.equal(error.retryable, ERROR_TABLE[code].retryable);
      assert.equal(error.hint, ERROR_TABLE[code].hint);
      assert.equal(error.cause, 1);
      assert.equal(errorCodeOf(error), code);
    }
  });

  it('has no code for what the table does not know', () => {
    assert.equal(errorCodeOf(new Error('x')), null);
  });
});
