/** The one file of the command that reads the environment. */

/** The environment as it was given. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/**
 * The environment of a service: ours less every `CREST_` variable, plus its own settings. What
 * is set for the command must not change one service and be refused by the next.
 */
export function serviceEnvironment(
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('CREST_'),
  );
  return { ...Object.fromEntries(inherited), ...settings };
}
