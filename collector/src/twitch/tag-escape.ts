/** Escaping of tag values (IRCv3 message-tags): `\:` is `;`, `\s` a space, `\r` and `\n` CR and LF. */

const MEANING: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n' };
const ESCAPES: Readonly<Record<string, string>> = {
  ';': '\\:',
  ' ': '\\s',
  '\\': '\\\\',
  '\r': '\\r',
  '\n': '\\n',
};

/** The value as meant. An unknown escape stands for its character; a lone backslash at the end falls away. */
export function unescapeTagValue(value: string): string {
  let at = value.indexOf('\\');
  if (at === -1) return value;
  let text = '';
  let from = 0;
  while (at !== -1) {
    const escaped = value.charAt(at + 1);
    text += value.slice(from, at) + (MEANING[escaped] ?? escaped);
    from = at + 2;
    at = value.indexOf('\\', from);
  }
  return text + value.slice(from);
}

/** The value as written in a line. */
export function escapeTagValue(text: string): string {
  return text.replaceAll(/[; \\\r\n]/g, (character) => ESCAPES[character] ?? character);
}
