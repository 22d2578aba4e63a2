/** Escaping of IRCv3 tag values (ircv3.net, "Message Tags", escaping values). */

const ESCAPED: Readonly<Record<string, string>> = {
  ';': '\\:',
  ' ': '\\s',
  '\\': '\\\\',
  '\r': '\\r',
  '\n': '\\n',
};

const UNESCAPED: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n' };

export function escapeTagValue(value: string): string {
  return /[; \\\r\n]/.test(value)
    ? value.replaceAll(/[; \\\r\n]/g, (character) => ESCAPED[character] ?? character)
    : value;
}

/** Unknown escapes lose their backslash, and so does a lone one at the end. */
export function unescapeTagValue(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replaceAll(/\\(.?)/gsu, (_, next: string) => UNESCAPED[next] ?? next);
}
