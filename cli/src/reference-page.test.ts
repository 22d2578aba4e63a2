import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildProgram, runProgram } from './program.ts';
import type { Output } from './output.ts';
import { cliReferencePage } from './reference-page.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'cli.md');

function recorded() {
  const said = { out: [] as string[], notes: [] as string[] };
  const output: Output = {
    print: (text) => void said.out.push(text),
    json: (value) => void said.out.push(JSON.stringify(value)),
    note: (text) => void said.notes.push(text),
    terminal: null,
  };
  return { said, output };
}

describe('docs/reference/cli.md', () => {
  it('says what the commands say: "npm run docs" writes it', () => {
    assert.ok(existsSync(PAGE));
    assert.equal(readFileSync(PAGE, 'utf8'), cliReferencePage());
  });
});

describe('every command', () => {
  const { output } = recorded();
  const program = buildProgram({ output, exit: () => undefined });
  const leaves = program.commands.flatMap((command) =>
    command.commands.length > 0 ? command.commands : [command],
  );
  for (const command of leaves) {
    it(`${command.name()} has --data, --json and examples`, () => {
      const flags = command.options.map(({ long }) => long);
      assert.ok(flags.includes('--data') && flags.includes('--json'), String(flags));
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      assert.match(help, /Examples:\n {2}crest /);
    });
  }
});

describe('runProgram', () => {
  const nowhere = ['--data', '/nonexistent'];
  const cases: readonly { args: string[]; code: number; says: RegExp }[] = [
    { args: ['status', ...nowhere], code: 1, says: /No Crest runs on .*npm start/ },
    { args: ['rules', 'list', ...nowhere], code: 1, says: /or give --mongodb URL/ },
    { args: ['channels', 'list', ...nowhere], code: 1, says: /or give --kafka BROKERS/ },
    { args: ['inbox', ...nowhere], code: 1, says: /There is no run/ },
    { args: ['inbox', '--limit', '0'], code: 2, says: /--limit: expected a whole number/ },
    { args: ['verify', ...nowhere], code: 1, says: /There is no run/ },
    { args: ['rules', 'add', 'x'], code: 2, says: /Say where the rule holds/ },
    { args: ['rules', 'add'], code: 2, says: /Give the rule a name/ },
    {
      args: [
        'rules',
        'add',
        'x',
        '--theme',
        'everything',
        '--spike',
        'much',
        '--email',
        'a@b.example',
      ],
      code: 2,
      says: /condition.scoreAtLeast: expected a score/,
    },
    { args: ['dlq', 'replay'], code: 2, says: /or --all/ },
    { args: ['channels', 'want', 'no!login'], code: 2, says: /is no login/ },
    { args: ['up', '--speed', 'x'], code: 2, says: /--speed: expected a number/ },
  ];
  for (const { args, code, says } of cases) {
    it(`ends with ${code} and one sentence for "crest ${args.join(' ')}"`, async () => {
      const { said, output } = recorded();
      assert.equal(await runProgram(args, output), code);
      assert.equal(said.notes.length, 1);
      assert.match(said.notes[0] ?? '', says);
      assert.doesNotMatch(said.notes[0] ?? '', /\n\s+at /);
    });
  }
});
