/**
 * The alphabet of a plain SMS: 160 of its characters are one part; a single other character makes
 * the whole message one of 70.
 *
 * Source: 3GPP TS 23.038, section 6.2.1, the default alphabet and its extension table (whose
 * characters take two places).
 */

const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '\f^{}\\[~]|€';

const PLACES = new Map<string, number>([
  ...[...BASIC].map((character): [string, number] => [character, 1]),
  ...[...EXTENDED].map((character): [string, number] => [character, 2]),
]);

/** Characters that have a common stand-in, besides those that lose only an accent. */
const STAND_INS = new Map(
  Object.entries({
    '‘': "'",
    '’': "'",
    '‚': "'",
    '“': '"',
    '”': '"',
    '„': '"',
    '«': '"',
    '»': '"',
    '–': '-',
    '—': '-',
    '…': '...',
    '•': '*',
    '×': 'x',
    ł: 'l',
    Ł: 'L',
    đ: 'd',
    Đ: 'D',
    œ: 'oe',
    Œ: 'OE',
    ı: 'i',
    þ: 'th',
    ð: 'd',
  }),
);

/** Places that a text takes; null when it has a character that the alphabet lacks. */
export function gsm7Length(text: string): number | null {
  let places = 0;
  for (const character of text) {
    const width = PLACES.get(character);
    if (width === undefined) return null;
    places += width;
  }
  return places;
}

/**
 * The text in the alphabet: accents it lacks are dropped, well-known signs replaced, white space
 * becomes a space, and what is left over becomes `?`, a run of it one.
 */
export function toGsm7(text: string): string {
  const folded = text.normalize('NFKC').replaceAll(/\s+/gu, ' ');
  return [...folded]
    .map(standInFor)
    .join('')
    .replaceAll(/\?{2,}/gu, '?');
}

/** The longest beginning of a text in the alphabet that takes at most `placesMax`. */
export function cutGsm7(text: string, placesMax: number): string {
  let places = 0;
  let cut = '';
  for (const character of text) {
    places += PLACES.get(character) ?? 1;
    if (places > placesMax) break;
    cut += character;
  }
  return cut;
}

function standInFor(character: string): string {
  if (PLACES.has(character)) return character;
  const bare = character.normalize('NFKD').replaceAll(/\p{Mark}+/gu, '');
  const candidate = STAND_INS.get(character) ?? STAND_INS.get(bare) ?? bare;
  // A joiner or a selector that belonged to something else leaves nothing.
  if (candidate === '' || /^\p{Cf}+$/u.test(candidate)) return '';
  return gsm7Length(candidate) === null ? '?' : candidate;
}
