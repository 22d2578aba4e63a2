/**
 * Whether a text holds a phrase as semantics.md, Counters, wants it: NFKC and lower case, the
 * phrase as a run of whole white-space tokens.
 */

/** A text or phrase as its tokens, each between two spaces: ` so close `; one space for none. */
export function spacedTokens(text: string): string {
  const words = text.normalize('NFKC').toLowerCase().split(/\s+/u);
  const tokens = words.filter((word) => word !== '');
  return tokens.length === 0 ? ' ' : ` ${tokens.join(' ')} `;
}

/** Both in the form of `spacedTokens`. Spaces stand around every token, so only whole ones match. */
export function holdsPhrase(spacedText: string, spacedPhrase: string): boolean {
  return spacedPhrase !== ' ' && spacedText.includes(spacedPhrase);
}
