import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CliError, EXIT } from '../cli-error.ts';
import { DEMO_RULES } from '../demo/demo-rules.ts';
import { readRulesFile, rulesOfRun } from './rules-file.ts';

const RULE = {
  _id: 'gg',
  target: { kind: 'theme', theme: 'mine' },
  condition: { kind: 'phrase', phrase: 'gg', atLeast: 3, withinSeconds: 10 },
  cooldownSeconds: 60,
  destinations: [{ kind: 'email', address: 'a@b.example' }],
};
const CHANNELS = [{ id: '1', login: 'one' }];

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crest-rules-'));
});
after(async () => {
  await rm(dir, { recursive: true, force: true });
});

function fileWith(content: unknown): string {
  const path = join(dir, 'rules.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('readRulesFile', () => {
  it('takes a list of rules, or rules and themes', () => {
    assert.deepEqual(
      readRulesFile(fileWith([RULE]), 5).rules.map(({ _id, createdAtMs }) => [_id, createdAtMs]),
      [['gg', 5]],
    );
    const both = readRulesFile(fileWith({ rules: [RULE], themes: [{ _id: 'mine' }] }), 5);
    assert.deepEqual([both.rules.length, both.themes[0]?._id], [1, 'mine']);
  });

  const refused: readonly { content: unknown; says: RegExp }[] = [
    { content: 'not json', says: /cannot be read as JSON/ },
    { content: { rules: 5 }, says: /expected \{"rules"/ },
    { content: [RULE, { ...RULE, cooldownSeconds: -1 }], says: /rule 2: cooldownSeconds/ },
  ];
  for (const { content, says } of refused) {
    it(`refuses ${JSON.stringify(content).slice(0, 40)} and says where`, () => {
      const path = fileWith(content);
      assert.throws(
        () => readRulesFile(path, 0),
        (error) =>
          error instanceof CliError && error.exitCode === EXIT.usage && says.test(error.message),
      );
    });
  }
});

describe('rulesOfRun', () => {
  it('ships the demo rules where there is no file', () => {
    const { rules, themes } = rulesOfRun(null, CHANNELS, 0);
    assert.equal(rules.length, DEMO_RULES.length);
    assert.ok((themes[0]?.followers.length ?? 0) > 0);
  });

  it('lets a file replace a theme made from names, and keeps the others', () => {
    const theme = {
      _id: 'everything',
      channelIds: ['9'],
      channelLogins: [],
      followers: [],
      createdAtMs: 0,
    };
    const { rules, themes } = rulesOfRun({ rules: [], themes: [theme] }, CHANNELS, 0);
    assert.deepEqual([rules.length, themes], [0, [theme]]);
  });
});
