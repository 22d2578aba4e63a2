/**
 * Counts the occurrences of emotes in a message from their ranges, `id:start-end,start-end/id:...`.
 * Positions are Unicode code points, both ends included. Twitch's indices can be off (they run past
 * the end of some resubs): ranges that begin behind the text do not count, nothing throws.
 */
export function countEmotes(ranges: string, text: string): number {
  if (ranges === '') return 0;
  const length = codePointLength(text);
  let count = 0;
  for (const emote of ranges.split('/')) {
    const colonAt = emote.indexOf(':');
    if (colonAt === -1) continue;
    for (const range of emote.slice(colonAt + 1).split(',')) {
      if (beginsWithin(range, length)) count += 1;
    }
  }
  return count;
}

/** Number of Unicode code points. */
export function codePointLength(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isPair = code >= 0xd800 && code <= 0xdbff && isLowSurrogate(text.charCodeAt(at + 1));
    if (isPair) at += 1;
    length += 1;
  }
  return length;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function beginsWithin(range: string, length: number): boolean {
  const dashAt = range.indexOf('-');
  if (dashAt < 1) return false;
  const start = Number(range.slice(0, dashAt));
  const end = Number(range.slice(dashAt + 1));
  return start >= 0 && start <= end && start < length;
}
