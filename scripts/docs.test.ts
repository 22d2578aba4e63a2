import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { generatedPages } from './docs-pages.ts';

const FOLDER = join(import.meta.dirname, '../docs/reference');

describe('the generated pages of docs/reference', async () => {
  for (const [name, text] of await generatedPages()) {
    it(`${name} says what the code says (else: npm run docs)`, () => {
      assert.equal(readFileSync(join(FOLDER, name), 'utf8'), text);
    });
  }
});
