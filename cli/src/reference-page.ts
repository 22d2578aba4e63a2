/** docs/reference/cli.md, made from the definitions of the commands. */
import type { Command, Option } from 'commander';
import { buildProgram } from './program.ts';

/** The page as Markdown. A test holds the file to it. */
export function cliReferencePage(): string {
  const nothing = (): void => undefined;
  const output = { print: nothing, json: nothing, note: nothing, terminal: null };
  const program = buildProgram({ output, exit: nothing });
  const sections = program.commands.flatMap((command) => [
    section(command, 2),
    ...command.commands.map((sub) => section(sub, 3)),
  ]);
  return [INTRODUCTION, overview(program), ...sections].join('\n');
}

const INTRODUCTION = `# The \`crest\` command

<!-- Generated from cli/src/commands by "npm run docs". Do not edit. -->

Run it as \`npm run crest -- COMMAND\`; \`npm start -- OPTIONS\` is \`crest up OPTIONS\`. Every command has
\`--help\` and \`--json\`. They end with:

| Exit code | Means                                        |
| --------- | -------------------------------------------- |
| 0         | All is well.                                 |
| 1         | Something failed, or a promise was broken.   |
| 2         | The command line was not understood.         |
| 3         | \`up --until-done\`: two minutes without progress. |

Environment: \`CREST_CACHE_DIR\` is where fetched things are kept (default \`~/.cache/crest\`); \`JAVA_HOME\` and
\`PATH\` say where tools are; \`NO_COLOR\` turns colours off.
Services that the command starts have heaps of at most 768 MiB; \`NODE_OPTIONS=--max-old-space-size=...\` changes that.
`;

function overview(program: Command): string {
  const rows = program.commands.map(
    (command) => `- [\`crest ${command.name()}\`](#crest-${command.name()}): ${command.summary()}`,
  );
  return `${rows.join('\n')}\n`;
}

function section(command: Command, level: number): string {
  const path = pathOf(command);
  const help = command.createHelp();
  const text = command.description() || `${command.summary()}.`;
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const examples = examplesOf(command);
  return [
    `${'#'.repeat(level)} ${path}\n`,
    `${capital(text)}\n`,
    ...(command.commands.length > 0 ? [] : [`\`\`\`text\n${path} ${command.usage()}\n\`\`\`\n`]),
    ...(options.length === 0 || command.commands.length > 0 ? [] : [optionsList(options)]),
    ...(examples === '' ? [] : [`\`\`\`sh\n${examples}\n\`\`\`\n`]),
  ].join('\n');
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function optionsList(options: readonly Option[]): string {
  const rows = options.map(({ flags, description, defaultValue }) => {
    const value: unknown = defaultValue;
    const shown = typeof value === 'string' && value !== '' ? ` (default: ${value})` : '';
    return `- \`${flags}\`: ${description}${shown}`;
  });
  return `${rows.join('\n')}\n`;
}

/** The lines under "Examples" in the help. */
function examplesOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  const [, after = ''] = text.split('\nExamples:\n');
  return (after.split('\n\n')[0] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
