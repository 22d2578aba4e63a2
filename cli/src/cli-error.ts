/** Failures that a person can mend: one sentence, a remedy, an exit code, and no stack. */

/** What every command ends with. */
export const EXIT = {
  ok: 0,
  /** Something failed, or a promise of the run was broken. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** Two minutes without progress. */
  noProgress: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The message says in one sentence what is wrong and, after a colon, what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options: ErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

// Errors of the setup and the embedded servers are written for people as well.
const FOR_PEOPLE = ['SetupRefusal', 'DirectoryBusyError', 'ServerStartError'];

/** What is said about an error, and how the command ends. Only bugs get their stack. */
export function explainError(error: unknown): { text: string; exitCode: ExitCode } {
  if (error instanceof CliError) return { text: error.message, exitCode: error.exitCode };
  if (!(error instanceof Error)) return { text: String(error), exitCode: EXIT.failed };
  if (FOR_PEOPLE.includes(error.name)) return { text: error.message, exitCode: EXIT.failed };
  const { hint } = error as { hint?: unknown };
  if (error.name === 'CrestError' && typeof hint === 'string') {
    return { text: `${error.message}. ${hint}`, exitCode: EXIT.failed };
  }
  const text = `This is a bug in Crest: please report it with these lines.\n${error.stack ?? ''}`;
  return { text, exitCode: EXIT.failed };
}
