import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { GROWTH_FLAG } from './heap-growth.ts';

describe('GROWTH_FLAG', () => {
  it('is one that this Node knows: V8 says nothing where it does not', () => {
    const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    assert.ok(known.includes(`${GROWTH_FLAG} (`));
  });
});
