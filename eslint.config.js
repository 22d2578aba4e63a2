/**
 * The rules of the house that a tool can check.
 *
 * Three things here carry the design and are worth reading before the rest: `purity` (what a `core/`
 * folder may not touch), `arrows` (who may import whom) and `sizes` (where a file or function is split).
 */
import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';
import n from 'eslint-plugin-n';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';

const WORKSPACES = [
  'shared',
  'collector',
  'processor',
  'alerter',
  'simulator',
  'cli',
  'e2e',
  'bench',
];
const SERVICES = ['collector', 'processor', 'alerter', 'simulator'];

/** Tests, their helpers and the whole-system programs: they may do what production code may not. */
const TESTS = ['**/*.test.ts', '*/tests/**/*.ts', 'shared/src/testing/**/*.ts'];
const PROGRAMS = ['e2e/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.{ts,mjs}'];

const sizes = {
  'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 4],
  'max-depth': ['error', 3],
  complexity: ['error', 10],
};

const language = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'prefer-const': 'error',
  'no-var': 'error',
  'no-console': 'error',
  'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': [
    'error',
    {
      allowForKnownSafeCalls: [
        { from: 'package', name: ['describe', 'it', 'suite', 'test'], package: 'node:test' },
      ],
    },
  ],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true },
  ],
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
  ],
  // A port's method is a promise even where one implementation has nothing to wait for.
  '@typescript-eslint/require-await': 'off',
  // Ports are objects of functions that close over their state: they may be passed on by themselves.
  '@typescript-eslint/unbound-method': 'off',
  '@typescript-eslint/restrict-template-expressions': [
    'error',
    { allowNumber: true, allowBoolean: true },
  ],
  'import-x/no-default-export': 'error',
  'import-x/no-cycle': ['error', { ignoreExternal: true }],
  'n/no-process-env': 'error',
};

// -- purity: what `core/` may not touch --------------------------------------------------------------

const asArgument = (what) => `core/ is pure: ${what} is an argument (house rule 4).`;

const purity = {
  'no-restricted-globals': [
    'error',
    ...[
      'process',
      'performance',
      'crypto',
      'fetch',
      'WebSocket',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
    ].map((name) => ({
      name,
      message: `core/ is pure: no ${name}; the edge does it (house rule 4).`,
    })),
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
      message: asArgument('time'),
    },
    {
      selector: "NewExpression[callee.name='Date'][arguments.length=0]",
      message: asArgument('time'),
    },
    { selector: "CallExpression[callee.name='Date']", message: asArgument('time') },
    {
      selector: "MemberExpression[object.name='Math'][property.name='random']",
      message: asArgument('randomness'),
    },
  ],
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        {
          regex:
            '^(node:)?(fs|net|http|https|http2|tls|dgram|dns|child_process|timers|process|os|worker_threads|readline)(/.*)?$',
          message: 'core/ is pure: no I/O, timers or processes (house rule 4).',
        },
        {
          regex: '^(pino|prom-client|kafkajs|mongodb|ws|@aws-sdk/.*)$',
          message: 'core/ is pure: it knows no logger, metric, broker, store or socket.',
        },
      ],
    },
  ],
};

// -- arrows: who may import whom ---------------------------------------------------------------------

/** What of `shared` is an edge, and so is out of reach for a `core/` folder. */
const SHARED_EDGES = [
  'kafka',
  'mongo',
  'http',
  'health',
  'logger',
  'lifecycle',
  'metrics',
  'config',
  'common-settings',
  'service',
];

const workspaceArrows = [
  ...WORKSPACES.filter((other) => other !== 'shared').map((other) => ({
    target: './shared',
    from: `./${other}`,
    message: 'shared knows no workspace.',
  })),
  ...SERVICES.flatMap((service) =>
    WORKSPACES.filter((other) => other !== 'shared' && other !== service).map((other) => ({
      target: `./${service}`,
      from: `./${other}`,
      message: 'Services meet only in the records of shared, never by import.',
    })),
  ),
  ...['collector', 'alerter', 'e2e', 'bench'].map((other) => ({
    target: './cli',
    from: `./${other}`,
    message: 'cli may use shared, simulator and the detector of the processor, nothing else.',
  })),
  {
    target: './cli',
    from: './processor/**/*',
    except: ['**/processor/src/core/detector*', '**/processor/src/core/detector*/**'],
    message: 'Of the processor, cli may use the detector only.',
  },
];

const layerArrows = SERVICES.flatMap((service) => [
  {
    target: `./${service}/src/core`,
    from: `./${service}/src/**/*`,
    except: ['**/src/core/**'],
    message: 'core/ knows no edge, no wiring and no configuration: pass values in.',
  },
  {
    target: `./${service}/src/*/**/*`,
    from: [`./${service}/src/app.ts`, `./${service}/src/main.ts`],
    message: 'The arrow is main -> app -> { edges, core }.',
  },
  {
    target: `./${service}/src/!(main).ts`,
    from: `./${service}/src/main.ts`,
    message: 'Nothing imports main.ts.',
  },
  {
    target: `./${service}/src/core`,
    from: SHARED_EDGES.flatMap((edge) => [
      `./shared/src/${edge}/**/*`,
      `./shared/src/${edge}{.ts,-*.ts}`,
    ]),
    message: "core/ may use only shared's domain, records and pure files.",
  },
]);

const testOnly = [
  {
    target: WORKSPACES.filter((name) => !['e2e', 'bench'].includes(name)).map(
      (name) => `./${name}/src/**/*`,
    ),
    from: './shared/src/testing',
    message: 'shared/src/testing is for tests, e2e and bench.',
  },
];

// ----------------------------------------------------------------------------------------------------

/* eslint import-x/no-default-export: "off" -- ESLint wants its configuration as the default export. */
export default tseslint.config(
  { ignores: ['**/node_modules/', '**/coverage/', '.crest/', 'deploy/', 'helm/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    files: ['**/*.{ts,js,mjs}'],
    plugins: { '@typescript-eslint': tseslint.plugin, 'import-x': importX, n },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })],
      'import-x/extensions': ['.ts', '.js', '.mjs'],
      'import-x/external-module-folders': ['node_modules'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      ...sizes,
      ...language,
      'import-x/no-restricted-paths': [
        'error',
        { basePath: import.meta.dirname, zones: [...workspaceArrows, ...layerArrows, ...testOnly] },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { ecmaVersion: 'latest', sourceType: 'module' },
    rules: { ...sizes, eqeqeq: language.eqeqeq, 'prefer-const': 'error', 'no-var': 'error' },
  },
  { files: ['*/src/**/core/**/*.ts'], ignores: TESTS, rules: purity },
  {
    // One file of a process reads its environment.
    files: ['*/src/config.ts', '*/src/main.ts', 'cli/src/environment.ts', ...TESTS, ...PROGRAMS],
    rules: { 'n/no-process-env': 'off' },
  },
  { files: [...PROGRAMS, 'shared/src/testing/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    // Tests tell stories: long functions, loose JSON and stubs are at home there.
    files: TESTS,
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: import.meta.dirname,
          zones: workspaceArrows.filter((zone) => zone.target === './shared'),
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
