import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ensureCacheEntry } from './cache-entry.ts';
import { ensureKafka } from './kafka.ts';
import { ensureFastMongo, ensureMongo } from './mongo.ts';
import { plainProgress, silentProgress } from './progress.ts';
import { cacheDirectory, SetupRefusal, type SetupContext } from './setup-context.ts';
import { toolFailure } from './tools.ts';

let dir: string;
let bin: string;
let context: SetupContext;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'crest-setup-'));
  bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const tool of ['sh', 'dirname', 'cat']) symlinkSync(`/bin/${tool}`, join(bin, tool));
  context = {
    cacheDir: join(dir, 'cache'),
    env: { PATH: bin },
    progress: silentProgress,
    signal: undefined,
  };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Puts a pretend program on the PATH of the setup. */
function install(tool: string, script: string): void {
  writeFileSync(join(bin, tool), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, tool), 0o755);
}

async function refusalOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => assert.fail('was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SetupRefusal, String(error));
  return error.message;
}

const JAVA_17 = 'echo \'openjdk version "17.0.15"\' >&2';

describe('a tool that is missing', () => {
  const cases = [
    ['Java', [], () => ensureKafka(context), /^Java 17 .*apt-get install.*--kafka URL\.$/],
    [
      'a recent Java',
      [
        ['java', 'echo \'version "11.0.2"\' >&2'],
        ['mvn', ''],
      ],
      () => ensureKafka(context),
      /is Java 11 .* needs 17 or newer.*--kafka URL\.$/,
    ],
    [
      'Maven',
      [['java', JAVA_17]],
      () => ensureKafka(context),
      /^Maven \(mvn\) .*apt-get install maven.*--kafka URL\.$/,
    ],
    [
      'Python',
      [],
      () => ensureMongo(context),
      /^Python 3 .*apt-get install python3.*--mongodb URL\.$/,
    ],
    [
      'venv',
      [['python3', 'echo "No module named venv" >&2; exit 1']],
      () => ensureMongo(context),
      /without its venv module.*python3-venv.*--mongodb URL\.$/,
    ],
    ['cargo', [], () => ensureFastMongo(context), /^cargo .*rustup\.rs/],
    ['cmake', [['cargo', '']], () => ensureFastMongo(context), /^cmake .*apt-get install cmake/],
    [
      'a C++ compiler',
      [
        ['cargo', ''],
        ['cmake', ''],
      ],
      () => ensureFastMongo(context),
      /^A C\+\+ compiler .*apt-get install g\+\+/,
    ],
  ] as const;
  for (const [what, present, run, sentence] of cases) {
    it(`is named with its remedy in one sentence: ${what}`, async () => {
      for (const [tool, script] of present) install(tool, script);
      const message = await refusalOf(run());
      assert.match(message, sentence);
      assert.ok(!message.includes('\n'));
      assert.deepEqual(
        existsSync(context.cacheDir)
          ? readdirSync(context.cacheDir).filter((name) => name !== '.locks')
          : [],
        [],
      );
    });
  }

  it('is not asked for where a better one is: mongod on PATH needs no Python', async () => {
    install('mongod', '');
    assert.equal((await ensureMongo(context)).kind, 'mongod');
  });
});

describe('a registry that is not reached', () => {
  it('is named as such, whatever Maven wrote', async () => {
    install('java', JAVA_17);
    install(
      'mvn',
      'echo "[ERROR] repo.maven.apache.org: Temporary failure in name resolution"; exit 1',
    );
    assert.match(
      await refusalOf(ensureKafka(context)),
      /registry was not reached: connect to the network/,
    );
  });

  it('other failures are shown in the tool’s own last words', () => {
    const { message } = toolFailure('X', { code: 1, output: 'first\n\nBUILD FAILURE\n' });
    assert.equal(message, 'X could not be set up; the last words were:\nfirst\nBUILD FAILURE');
  });
});

describe(ensureCacheEntry.name, () => {
  it('makes an entry once when two come at the same time', async () => {
    let made = 0;
    const make = async (entry: string) => {
      made += 1;
      writeFileSync(join(entry, 'whole'), '');
    };
    const [one, two] = await Promise.all([
      ensureCacheEntry(context, 'thing-1', make),
      ensureCacheEntry(context, 'thing-1', make),
    ]);
    assert.equal(one, two);
    assert.equal(made, 1);
    assert.deepEqual(readdirSync(one), ['whole']);
  });

  it('keeps nothing of an entry that could not be finished, and tries again', async () => {
    const fail = async (entry: string) => {
      writeFileSync(join(entry, 'half'), '');
      throw new Error('cut');
    };
    await assert.rejects(ensureCacheEntry(context, 'thing-1', fail), /cut/);
    const entry = await ensureCacheEntry(context, 'thing-1', async () => undefined);
    assert.deepEqual(readdirSync(entry), []);
  });
});

describe(cacheDirectory.name, () => {
  const cases = [
    [{ CREST_CACHE_DIR: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/c'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/crest'],
    [{ HOME: '/h' }, '/h/.cache/crest'],
  ] as const;
  for (const [env, expected] of cases) {
    it(`is ${expected} for ${Object.keys(env).join(', ')}`, () => {
      assert.equal(cacheDirectory(env), expected);
    });
  }
});

describe(plainProgress.name, () => {
  it('says the beginning and the end, and in between one line in five seconds', () => {
    const lines: string[] = [];
    let nowMs = 0;
    const step = plainProgress(
      (line) => lines.push(line),
      () => nowMs,
    ).begin('Fetching');
    step.update('1');
    nowMs = 5_000;
    step.update('2');
    step.update('3');
    step.done('there');
    assert.deepEqual(lines, ['Fetching ...', 'Fetching: 2', 'Fetching: there']);
  });
});
