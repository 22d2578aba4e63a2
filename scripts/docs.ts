/** `npm run docs`: writes the generated pages of docs/reference. A test holds the pages to the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedPages } from './docs-pages.ts';

const FOLDER = join(import.meta.dirname, '../docs/reference');

for (const [name, text] of await generatedPages()) {
  writeFileSync(join(FOLDER, name), text);
  process.stdout.write(`docs/reference/${name}\n`);
}
