import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const ROOT = join(import.meta.dirname, '..');

/** The rules of the house without those that ask the compiler: these sources are in no project. */
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: [
    {
      ...tseslint.configs.disableTypeChecked,
      languageOptions: { parserOptions: { project: false, program: null } },
    },
    { linterOptions: { reportUnusedDisableDirectives: 'off' } },
  ] as NonNullable<ESLint.Options['overrideConfig']>,
});

async function rulesBroken(filePath: string, code: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: join(ROOT, filePath) });
  return [...new Set(result?.messages.map(({ ruleId }) => ruleId) ?? [])];
}

const REFUSED = [
  [
    'the wall clock in a core',
    'processor/src/core/x.ts',
    'export const x = Date.now();',
    'no-restricted-syntax',
  ],
  [
    'a date of now in a core',
    'processor/src/core/a/x.ts',
    'export const x = new Date();',
    'no-restricted-syntax',
  ],
  [
    'chance in a core',
    'alerter/src/core/x.ts',
    'export const x = Math.random();',
    'no-restricted-syntax',
  ],
  [
    'a timer in a core',
    'collector/src/core/x.ts',
    'setTimeout(() => undefined, 1);',
    'no-restricted-globals',
  ],
  [
    'the process in a core',
    'simulator/src/core/x.ts',
    'export const x = process.pid;',
    'no-restricted-globals',
  ],
  [
    'files in a core',
    'cli/src/core/x.ts',
    "import { readFileSync } from 'node:fs';\nexport { readFileSync };",
    'no-restricted-imports',
  ],
  [
    'a database in a core',
    'processor/src/core/x.ts',
    "import { MongoClient } from 'mongodb';\nexport { MongoClient };",
    'no-restricted-imports',
  ],
  [
    'a logger in a core',
    'processor/src/core/x.ts',
    "export * from '@crest/shared/logger';",
    'import-x/no-restricted-paths',
  ],
  [
    'the Kafka edge in a core',
    'processor/src/core/x.ts',
    "export * from '@crest/shared/kafka/port';",
    'import-x/no-restricted-paths',
  ],
  [
    'test helpers in a service',
    'processor/src/x.ts',
    "export * from '@crest/shared/testing/test-servers';",
    'import-x/no-restricted-paths',
  ],
  [
    'the command line in a service',
    'alerter/src/x.ts',
    "export * from '../../cli/src/servers/poll.ts';",
    'import-x/no-restricted-paths',
  ],
  [
    'the command line in shared',
    'shared/src/x.ts',
    "export * from '../../cli/src/servers/poll.ts';",
    'import-x/no-restricted-paths',
  ],
  [
    'the environment outside of config.ts',
    'alerter/src/x.ts',
    "export const x = process.env['X'];",
    'n/no-process-env',
  ],
  ['a default export', 'alerter/src/x.ts', 'export default 1;', 'import-x/no-default-export'],
  ['any', 'alerter/src/x.ts', 'export let x: any;', '@typescript-eslint/no-explicit-any'],
  ['the console', 'alerter/src/x.ts', "console.log('x');", 'no-console'],
  [
    'a fifth parameter',
    'alerter/src/x.ts',
    'export const x = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];',
    'max-params',
  ],
] as const;

const ALLOWED = [
  ['records in a core', 'processor/src/core/x.ts', "export * from '@crest/shared/records/tick';"],
  ['a date from a number in a core', 'processor/src/core/x.ts', 'export const x = new Date(0);'],
  [
    'the Kafka edge in an edge',
    'processor/src/store/x.ts',
    "export * from '@crest/shared/kafka/port';",
  ],
  ['the environment in config.ts', 'alerter/src/config.ts', "export const x = process.env['X'];"],
  ['a clock in the test of a core', 'processor/src/core/x.test.ts', 'export const x = Date.now();'],
  [
    'another workspace in a whole-system program',
    'e2e/src/x.ts',
    "export * from '../../cli/src/servers/poll.ts';",
  ],
] as const;

describe('the rules of the house', () => {
  for (const [what, file, code, rule] of REFUSED) {
    it(`refuse ${what}`, async () => {
      assert.ok((await rulesBroken(file, code)).includes(rule));
    });
  }
  for (const [what, file, code] of ALLOWED) {
    it(`allow ${what}`, async () => {
      assert.deepEqual(await rulesBroken(file, code), []);
    });
  }
});
