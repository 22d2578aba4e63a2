/** What a client says: one line of IRC, taken apart (RFC 1459, 2.3.1, with IRCv3 tags skipped). */
export interface ClientCommand {
  /** Upper case. */
  readonly name: string;
  /** The trailing parameter, if there is one, is the last. */
  readonly params: readonly string[];
}

/** Undefined for a line without a command. */
export function parseClientCommand(line: string): ClientCommand | undefined {
  const rest = line.replace(/^@\S+ +/, '').replace(/^:\S+ +/, '');
  const colon = rest.indexOf(' :');
  const middle = (colon === -1 ? rest : rest.slice(0, colon))
    .split(' ')
    .filter((word) => word !== '');
  const [name, ...params] = middle;
  if (name === undefined) return undefined;
  if (colon !== -1) params.push(rest.slice(colon + 2));
  return { name: name.toUpperCase(), params };
}

/** The lines of a frame; a client may end them with CRLF or with LF alone. */
export function linesOfFrame(frame: string): string[] {
  return frame.split(/\r?\n/).filter((line) => line !== '');
}
