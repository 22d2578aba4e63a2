/** The command line: which commands there are, their options, their help. */
import { Command, CommanderError } from 'commander';
import { explainError, EXIT, type ExitCode } from './cli-error.ts';
import { addChannels } from './commands/channels-command.ts';
import { addDlq } from './commands/dlq-command.ts';
import { addInbox } from './commands/inbox-command.ts';
import { addRules } from './commands/rules-command.ts';
import { addSetup } from './commands/setup-command.ts';
import { addStatus } from './commands/status-command.ts';
import { addThemes } from './commands/themes-command.ts';
import { addVerify } from './commands/verify-command.ts';
import { addUp } from './commands/up-command.ts';
import type { Output } from './output.ts';

/** What a command is given to report with. */
export interface CommandContext {
  readonly output: Output;
  /** Called once, with how the command ended. */
  readonly exit: (code: ExitCode) => void;
}

const COMMANDS = [
  addUp,
  addSetup,
  addStatus,
  addRules,
  addThemes,
  addChannels,
  addInbox,
  addVerify,
  addDlq,
] as const;

/** Runs a command line. Never rejects: whatever goes wrong is said, and becomes an exit code. */
export async function runProgram(args: readonly string[], output: Output): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = buildProgram({ output, exit: (code) => (exitCode = code) });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { text, exitCode: code } = explainError(error);
    output.note(text);
    return code;
  }
}

/** Every command, for running and for the reference page. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('crest')
    .description('Watches Twitch chat, finds the moments when a crowd reacts, and tells people.')
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('See --help for what there is.')
    .exitOverride();
  for (const add of COMMANDS) add(program, context);
  for (const command of withSubcommands(program)) command.exitOverride();
  return program;
}

function withSubcommands(command: Command): Command[] {
  return command.commands.flatMap((sub) => [sub, ...withSubcommands(sub)]);
}
